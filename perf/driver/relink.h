#ifndef LAB_DRIVER_RELINK_H
#define LAB_DRIVER_RELINK_H

#include "perf/driver/arm.h"

#include <jansson.h>
#include <stddef.h>

struct plan;

/* Few orders leave the alignment of a lucky one in the result; more cost nothing but building them. */
enum { RELINK_LEAST = 3, RELINK_MOST = 8 };

/* The arms of a plan once more for each link order; rounds go around them. */
struct relink;

/*
 * Has make link the plan's programs and phases in so many orders, and makes the arms for them.  What is not built here
 * (mimalloc, the C library, the floor) stays as it is.  STATUS_FAILED when a file cannot be had, or is the same code in
 * two orders.
 */
int relink_make(struct relink **relink, const struct plan *plan, const struct paths *paths, size_t orders,
                struct lab_error *error);

/* The A/A' arm in each order, with its copies in folders beneath `folder`. */
int relink_add_repeat(struct relink *relink, const struct plan *plan, const char *folder, struct lab_error *error);

/* The arm as it is in a round. */
const struct arm *relink_arm(const struct relink *relink, size_t arm, size_t round);

/* {"orders", "files": [{"path", "sha256"}]} as in run.json's plan. */
json_t *relink_json(const struct relink *relink);

/* The first of the files that is no longer what it was; NULL: all are.  To be freed. */
char *relink_changed_file(const struct relink *relink);
void relink_free(struct relink *relink);

#endif
