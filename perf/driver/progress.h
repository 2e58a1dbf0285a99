#ifndef LAB_DRIVER_PROGRESS_H
#define LAB_DRIVER_PROGRESS_H

#include <stdbool.h>

/* Progress on standard error: one line that is redrawn on a terminal, plain lines elsewhere. */
struct progress {
    bool terminal;
    bool silent;    /* says nothing at all */
    char last[128]; /* what it said; plain lines are not repeated */
};

void progress_begin(struct progress *progress);

/* What is going on; redrawn, so call it often.  seconds_left < 0: unknown. */
void progress_show(struct progress *progress, const char *what, double seconds_left);

/* Something that must stay readable, such as a failure. */
void progress_note(struct progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Takes the redrawn line away. */
void progress_end(struct progress *progress);

#endif
