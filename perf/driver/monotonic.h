#ifndef LAB_DRIVER_MONOTONIC_H
#define LAB_DRIVER_MONOTONIC_H

/* Seconds on the clock that is never set; only differences mean something.  Thread-safe. */
double monotonic_s(void);

#endif
