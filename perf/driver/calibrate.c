/*
 * How many operations a sample shall have.
 *
 * The count is the same for every arm of a workload, so it is found once: short runs of one arm, each some times longer
 * than the one before, until they are long enough to extrapolate from.  The warm-up block then shows what the arms take
 * on average, which corrects the count when one of them is far slower or faster than the pilot; none of them may be
 * left with samples that are hardly longer than the clock's own noise.
 */
#include "perf/driver/calibrate.h"

#include "perf/driver/text.h"

#include <math.h>

#define PILOT_DIVISOR  100 /* of the workload's default count, to begin with */
#define PILOT_STEPS    6
#define PILOT_GROWTH   20   /* at most, from one pilot to the next: costs may not grow in proportion */
#define PILOT_SHARE    0.25 /* of the wanted time: long enough to extrapolate from */
#define REGION_SHARE   0.25 /* of the wanted time that the region gets even if starting the process takes longer */
#define SHORTEST_SHARE 0.2  /* of the wanted time that every arm's region gets at least */
#define LONGEST_SHARE  8    /* but no more than so many times the mean that was planned: others need the time too */
#define FIT_SHARE      0.75 /* of the time left that rounds are fitted into; the rest is for reruns */
#define FIT_LEAST      0.2  /* of a region, below which more rounds would only be more noise */
#define GOOD_ENOUGH    1.25 /* a warm-up within this factor of the wanted time is not corrected */

static int64_t two_digits(double value)
{
    if (value < 10)
        return value < 1 ? 1 : (int64_t)value;
    double unit = pow(10, floor(log10(value)) - 1);
    return (int64_t)(round(value / unit) * unit);
}

int64_t calibrate_ops(int64_t ops, double elapsed_s, double wall_s, double wanted_s)
{
    double region_s = fmax(wanted_s - (wall_s - elapsed_s), REGION_SHARE * wanted_s);
    return two_digits(fmin((double)ops * region_s / fmax(elapsed_s, 1e-9), 1e18));
}

/* Sets ops within the workload's limits. */
static void set_ops(struct workload *workload, int64_t ops)
{
    struct lab_error ignored;
    int64_t most = workload_limit(workload, "ops");
    int64_t least = workload_least(workload, "ops");
    workload_set(workload, "ops", ops > most ? most : ops < least ? least : ops, &ignored);
}

void calibrate_pilot(struct campaign *campaign, size_t index)
{
    struct workload *workload = &campaign->plan->workloads[index];
    int64_t usual = workload_get(workload, "ops");
    double wanted_s = campaign->plan->sample_s;
    set_ops(workload, usual / PILOT_DIVISOR);
    for (int step = 0; step < PILOT_STEPS; step++) {
        struct sample sample;
        struct sample_request request = campaign_request(campaign, index, campaign->plan->repeated, 0);
        sample_take(&request, &sample);
        bool good = sample.state == SAMPLE_OK;
        double elapsed_s = (double)sample.elapsed_ns / 1e9;
        int64_t ops = workload_get(workload, "ops");
        int64_t next = good ? calibrate_ops(ops, elapsed_s, (double)sample.wall_ns / 1e9, wanted_s) : usual;
        bool enough = elapsed_s >= PILOT_SHARE * wanted_s || !good;
        sample_free(&sample);
        set_ops(workload, enough || next < ops * PILOT_GROWTH ? next : ops * PILOT_GROWTH);
        if (enough || workload_get(workload, "ops") == ops)
            return;
    }
}

double calibrate_factor(const double *walls_s, const double *regions_s, size_t count, double wanted_s)
{
    double sum_s = 0, shortest_s = INFINITY;
    for (size_t i = 0; i < count; i++) {
        sum_s += walls_s[i];
        shortest_s = fmin(shortest_s, regions_s[i]);
    }
    if (!count || sum_s <= 0)
        return 1;
    double factor = wanted_s * (double)count / sum_s;
    if (factor < GOOD_ENOUGH && factor > 1 / GOOD_ENOUGH)
        factor = 1;
    return shortest_s > 0 ? fmax(factor, fmin(SHORTEST_SHARE * wanted_s / shortest_s, LONGEST_SHARE * factor)) : factor;
}

double calibrate_fit(double region_s, double fixed_s, double left_s)
{
    double room_s = FIT_SHARE * left_s - fixed_s;
    return region_s > room_s ? fmax(room_s / region_s, FIT_LEAST) : 1;
}

void calibrate_confirm(struct campaign *campaign, size_t index, double factor)
{
    struct workload *workload = &campaign->plan->workloads[index];
    if (factor != 1)
        set_ops(workload, two_digits((double)workload_get(workload, "ops") * factor));
}
