/*
 * The fuzzer's model: a string of bytes is a program of allocator calls, and a shadow of every live block says what
 * each call must give.  A broken promise ends the process with one line.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <stddef.h>
#include <stdint.h>

enum { fuzz_slots = 256 };

/* What is known of a live block. */
struct shadow {
    unsigned char *block; /* NULL: the slot is free */
    size_t size;          /* bytes asked for */
    size_t alignment;     /* asked for; 16 if none was */
    unsigned char fill;   /* the first byte of its content */
};

struct model {
    struct shadow slots[fuzz_slots];
    int alone; /* 1: no other thread runs, so that the heap's invariants may be checked */
};

/* Runs the program, then frees what is left.  Blocks that it hands over may be freed by other models' threads. */
void model_run(struct model *model, const uint8_t *program, size_t bytes);
/* Frees what was handed over and not taken. */
void model_finish(void);

#endif
