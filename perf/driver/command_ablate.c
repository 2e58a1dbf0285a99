/*
 * `harness ablate`: what each feature of a phase brings, by leaving it out of the phase and by adding it to phase 0.
 */
#include "perf/driver/commands.h"

#include "perf/driver/ablation.h"

int command_ablate(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error)
{
    struct plan plan;
    if (options->word_count)
        return lab_error_set(error, STATUS_USAGE,
                             "ablate takes no '%s'; it compares variants of one phase, see --phase", options->words[0]);
    int status = ablation_plan(&plan, paths, options, error);
    if (!status)
        status = plan_carry_out(&plan, paths, options, typed, error);
    plan_free(&plan);
    return status;
}
