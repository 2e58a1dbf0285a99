/*
 * What the lanes have no figures of.  However many pairs that are, it is said in a line or two: the tables show which.
 */
#define _GNU_SOURCE
#include "perf/driver/lane_gaps.h"

#include "perf/driver/text.h"

#include <stdlib.h>

static const char *const lane_names[LANES] = {"latency", "memory over time", "simulation"};

void lane_gaps_failed(struct lane_gaps *gaps, enum lane lane, const struct lab_error *error)
{
    if (!gaps->failed[lane]++)
        gaps->failures[lane] = text_copy(error->text);
}

static void tell_late(const struct lane_gaps *gaps, struct campaign *campaign)
{
    char *list = NULL;
    for (int lane = 0; lane < LANES; lane++) {
        if (!gaps->late[lane])
            continue;
        char *longer =
            text_format("%s%s%s of %zu", list ? list : "", list ? ", " : "", lane_names[lane], gaps->late[lane]);
        free(list);
        list = longer;
    }
    if (list)
        campaign_warn(campaign,
                      text_format("no time was left for %s of %zu pairs of workload and allocator%s", list, gaps->pairs,
                                  campaign->plan->lab ? "; the phases in between come last" : ""));
    free(list);
}

static void tell_failed(struct lane_gaps *gaps, enum lane lane, struct campaign *campaign)
{
    size_t others = gaps->failed[lane] - 1;
    char *more = others ? text_format("; %zu more pair%s failed there", others, others == 1 ? "" : "s") : text_copy("");
    campaign_warn(campaign, text_format("no %s: %s%s", lane_names[lane], gaps->failures[lane], more));
    free(more);
    free(gaps->failures[lane]);
}

void lane_gaps_tell(struct lane_gaps *gaps, struct campaign *campaign)
{
    if (!campaign->interrupted)
        tell_late(gaps, campaign);
    for (int lane = 0; lane < LANES; lane++)
        if (gaps->failed[lane])
            tell_failed(gaps, (enum lane)lane, campaign);
}
