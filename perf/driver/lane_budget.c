/*
 * How long the lanes may take.
 *
 * A pair's costs were measured on two virtual CPUs: a process that times calls and one that explains slow ones take
 * 0.26 s together; a simulated process 0.5 s of CPU time, three quarters of it valgrind's start; a watched one as much.
 * The budget is nearly twice that, for a machine that is slower or busy.  Time that is not needed is not taken, but for
 * the latency lane, which goes on to more processes a pair.
 */
#include "perf/driver/lane_budget.h"

#include <math.h>

#define LATENCY_PAIR_S 0.45 /* the two processes, and most of a second one that times calls */
#define OTHERS_PAIR_S  2.0  /* of CPU time: a watched process and a simulated one */

/* What a full and a quick run have at least. */
static const struct lane_budget least[] = {{24, 40, 16}, {4, 10, 2}};

double lane_budget_total_s(const struct lane_budget *budget)
{
    return budget->latency_s + budget->side_by_side_s + budget->counts_s;
}

double lane_budget_least_s(bool quick)
{
    return lane_budget_total_s(&least[quick]);
}

struct lane_budget lane_budget_of(size_t pairs, unsigned cpus, bool quick)
{
    struct lane_budget budget = least[quick];
    if (quick) /* it leaves out the phases in between, and shortens all processes: its pairs stay few */
        return budget;
    budget.latency_s = fmax(budget.latency_s, (double)pairs * LATENCY_PAIR_S);
    budget.side_by_side_s = fmax(budget.side_by_side_s, (double)pairs * OTHERS_PAIR_S / cpus);
    return budget;
}
