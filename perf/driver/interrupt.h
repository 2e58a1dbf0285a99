#ifndef LAB_DRIVER_INTERRUPT_H
#define LAB_DRIVER_INTERRUPT_H

#include <poll.h>
#include <stdbool.h>

/* To be called once, before anything is started: SIGINT and SIGTERM become a note, SIGXFSZ and SIGPIPE errors. */
void interrupt_prepare(void);

/* Whether Ctrl-C (or SIGTERM) came since the last interrupt_forget(). */
bool interrupt_came(void);
void interrupt_forget(void);

/* poll() that a signal always ends, even one that came just before; < 0 with EINTR then. timeout_s < 0: no limit. */
int interrupt_poll(struct pollfd *fds, unsigned count, double timeout_s);

#endif
