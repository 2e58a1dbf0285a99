/*
 * A scene: a moment at which some allocators have much to do at once.  It sets the stage unwatched, and then makes
 * calls that are timed one by one; what counts is the longest.
 */
#ifndef LONGEST_SCENE_H
#define LONGEST_SCENE_H

#include <stddef.h>
#include <stdint.h>

struct scene {
    const char *name;
    const char *what; /* one line for a reader */
    void (*play)(void);
};

extern const struct scene scenes[];
extern const size_t scene_count;

/* Timed calls; the last three bytes of a block are not written.  They end the process when there is no memory.  One
 * thread at a time. */
void *watched_malloc(size_t bytes);
void *watched_calloc(size_t bytes);
void *watched_realloc(void *block, size_t bytes);
void watched_free(void *block);
/* The clock around no call. */
void watched_nothing(void);

/* The same without a clock. */
void *plain_malloc(size_t bytes);

/* The next random number, the same in every run, below `below`.  One thread at a time. */
uint64_t draw(uint64_t below);
/* Runs it on another thread, to its end. */
void on_a_thread(void *(*run)(void *), void *argument);
void pause_ms(unsigned ms);

#endif
