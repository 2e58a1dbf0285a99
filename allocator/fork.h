/* fork and the allocator's locks: see fork.c. */
#ifndef HAKMEM_FORK_H
#define HAKMEM_FORK_H

/* Registers the handlers; has to come before any other library's. */
void fork_register(void);

#endif
