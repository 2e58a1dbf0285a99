/* Which of the allocator's system calls shall fail.  One thread at a time. */
#ifndef OS_FAULTY_H
#define OS_FAULTY_H

struct os_faults {
    int armed;      /* 1: calls are counted, and may fail */
    int all_after;  /* 1: every call after the chosen one fails as well */
    unsigned at;    /* number of the call that fails, from 1 on */
    unsigned calls; /* made so far while armed */
};

extern struct os_faults os_faults;

#endif
