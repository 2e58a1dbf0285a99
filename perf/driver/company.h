#ifndef LAB_DRIVER_COMPANY_H
#define LAB_DRIVER_COMPANY_H

#include <stdbool.h>

/* A place among the harnesses that measure on this machine right now. */
struct company {
    int place; /* a listening socket; -1: none to be had, so nothing is known */
    bool met;  /* whether another one has been seen so far */
};

/* Takes a place and looks around. */
void company_begin(struct company *company);

/* Whether another harness has measured at any time since company_begin(). */
bool company_met(struct company *company);

void company_end(struct company *company);

#endif
