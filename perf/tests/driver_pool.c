/*
 * The pool: every job once, no more at a time than there are turns, sleepers beside them, and an end in time.
 */
#include "perf/tests/driver.h"

#include "perf/driver/pool.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { JOBS = 100, TURNS = 3, SHORT_US = 500, LONG_US = 20000 };

/* What all jobs of a test share. */
static struct {
    atomic_int runs[JOBS]; /* of each job */
    atomic_int busy;       /* jobs that have a turn now */
    atomic_int most;       /* at once, so far */
    atomic_int asleep;     /* jobs that gave theirs back and go on */
    atomic_int most_asleep;
} seen;

static int places[JOBS]; /* job i's context */

static void raise_to(atomic_int *most, int value)
{
    int known = atomic_load(most);
    while (value > known && !atomic_compare_exchange_weak(most, &known, value))
        ;
}

static void compute(struct pool *pool, void *context)
{
    atomic_fetch_add(&seen.runs[*(int *)context], 1);
    raise_to(&seen.most, atomic_fetch_add(&seen.busy, 1) + 1);
    usleep(SHORT_US);
    atomic_fetch_sub(&seen.busy, 1);
    pool_end_turn(pool);
}

static void sleep_without_turn(struct pool *pool, void *context)
{
    (void)context;
    pool_end_turn(pool);
    raise_to(&seen.most_asleep, atomic_fetch_add(&seen.asleep, 1) + 1);
    usleep(LONG_US);
    atomic_fetch_sub(&seen.asleep, 1);
}

static void jobs_make(struct pool_job jobs[JOBS], void (*run)(struct pool *, void *))
{
    memset(&seen, 0, sizeof seen);
    for (int i = 0; i < JOBS; i++) {
        places[i] = i;
        jobs[i] = (struct pool_job){.run = run, .context = &places[i]};
    }
}

static void every_job_runs_once_and_no_more_than_the_turns_at_a_time(void **state)
{
    struct pool_job jobs[JOBS];
    (void)state;
    jobs_make(jobs, compute);
    assert_int_equal(pool_run(jobs, JOBS, TURNS, 0), JOBS);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(seen.runs[i], 1);
    assert_true(seen.most <= TURNS);
}

static void a_job_without_its_turn_keeps_no_other_from_starting(void **state)
{
    struct pool_job jobs[JOBS];
    (void)state;
    jobs_make(jobs, sleep_without_turn);
    assert_int_equal(pool_run(jobs, JOBS, 1, 0), JOBS);
    assert_true(seen.most_asleep > 1);
}

static void no_job_is_started_after_the_limit(void **state)
{
    struct pool_job jobs[JOBS];
    (void)state;
    jobs_make(jobs, compute);
    assert_int_equal(pool_run(jobs, JOBS, 1, 1e-9), 0);
    assert_int_equal(seen.runs[0], 0);
}

static void no_jobs_are_no_work(void **state)
{
    (void)state;
    assert_int_equal(pool_run(NULL, 0, TURNS, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once_and_no_more_than_the_turns_at_a_time),
        cmocka_unit_test(a_job_without_its_turn_keeps_no_other_from_starting),
        cmocka_unit_test(no_job_is_started_after_the_limit),
        cmocka_unit_test(no_jobs_are_no_work),
    };
    return cmocka_run_group_tests_name("driver_pool", tests, NULL, NULL);
}
