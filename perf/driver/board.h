#ifndef LAB_DRIVER_BOARD_H
#define LAB_DRIVER_BOARD_H

#include "perf/driver/campaign.h"

#include <jansson.h>
#include <stdio.h>

/* Whether the plan has a peer: an allocator that is neither hakmem nor the floor.  STATUS_USAGE otherwise. */
int board_check(const struct plan *plan, struct lab_error *error);

/*
 * Every allocator against the best peer of each row, speed and peak memory, from the campaign's samples and the noise
 * floors of `run`:
 *
 *   {"rows": [{"workload", "metric", "allocator", "best_peer", "ratio", "ci_low", "ci_high", "rounds", "verdict",
 *              "same_within", "words"}],
 *    "geometric_means": [{"allocator", "metric", "ratio", "rows", "of"}]}
 *
 * A ratio above 1 is better than the best peer.  The best peer's own row is 1, with the verdict "best".
 */
json_t *board_make(const struct campaign *campaign, const json_t *run);

/* Prints both halves within 80 columns, from run.json. */
void board_print(FILE *file, const json_t *run);

#endif
