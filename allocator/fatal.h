/* The end of a process whose heap can no longer be trusted: one line on standard error, then abort(). */
#ifndef HAKMEM_FATAL_H
#define HAKMEM_FATAL_H

/* Writes "hakmem: WHAT: ADDRESS" with write(2) only, so that it works with a broken heap, and aborts. */
_Noreturn void hakmem_fatal(const char *what, const void *address);

#endif
