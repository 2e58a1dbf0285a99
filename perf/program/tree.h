/*
 * The processes below this one, as /proc shows them.
 */
#ifndef LAB_PROGRAM_TREE_H
#define LAB_PROGRAM_TREE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Resident memory of all descendants of the calling process together, in bytes; pages that they share count once for
 * each.  0 when there are none, or when the kernel has no children files (CONFIG_PROC_CHILDREN).
 */
uint64_t tree_rss_bytes(void);

/* Kills every descendant and waits for those that are or become children.  Returns how many still ran. */
size_t tree_end(void);

#endif
