/*
 * Counters on a PMU whose counts are known: the emulated one of `make test-pmu`, which counts an instruction for each
 * that retires and offers no event for caches and branches.  Not part of `make test`, whose machine may have no PMU.
 *
 * The loop is two instructions an iteration, so that twice as many iterations are exactly so many instructions more,
 * whatever enabling and disabling cost.  (Exactly on one CPU: with two, the emulator attributes a slice of instructions
 * to either.)
 *
 *     pmu_counts [PATTERN]     all tests, or those whose name matches
 */
#define _GNU_SOURCE
#include "perf/tests/measure_test.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "perf/measure/counters.h"

#if !defined(__aarch64__)
#error "the loop of known length is written for aarch64"
#endif

#define ITERATIONS                 UINT64_C(1000000)
#define INSTRUCTIONS_PER_ITERATION 2
#define ENABLING_INSTRUCTIONS      2000 /* far above what the user's side of a few system calls takes */
#define THREADS                    4
#define THREAD_INSTRUCTIONS        20000              /* far above what starting and ending a thread takes */
#define RIVALS                     32                 /* more than any PMU of this architecture has counters (31) */
#define LONG_ITERATIONS            (100 * ITERATIONS) /* many times the kernel's 4 ms of rotation */
#define PAGES                      200

enum { INSTRUCTIONS, CYCLES, HARDWARE_COUNT };

#define HARDWARE(event_name, number)                                                                                   \
    {                                                                                                                  \
        .name = event_name, .encoded = true, .type = PERF_TYPE_HARDWARE, .config = number, .exclude_kernel = true      \
    }

static const struct lab_event hardware[HARDWARE_COUNT] = {
    HARDWARE("instructions", PERF_COUNT_HW_INSTRUCTIONS),
    HARDWARE("cycles", PERF_COUNT_HW_CPU_CYCLES),
};

static struct lab_counters counters;
static struct lab_counter results[LAB_EVENTS_MAX];
static const struct lab_usage no_usage;

static __attribute__((noinline)) void loop(uint64_t iterations)
{
    __asm__ volatile("1: subs %0, %0, #1\n   b.ne 1b" : "+r"(iterations) : : "cc");
}

static void region_open(const struct lab_event *events, size_t count)
{
    lab_counters_open(&counters, events, count, &lab_kernel_events);
}

static void region_close(void)
{
    lab_counters_stop(&counters);
    lab_counters_result(&counters, &no_usage, results);
    lab_counters_close(&counters);
}

/* The same instructions around the loop for every number of iterations, which the compiler must not know. */
static void measure(const struct lab_event *events, size_t count, uint64_t wanted)
{
    volatile uint64_t iterations = wanted;
    region_open(events, count);
    lab_counters_start(&counters);
    loop(iterations);
    region_close();
}

static void assert_measured(const struct lab_counter *counter)
{
    if (counter->state != LAB_COUNTER_MEASURED)
        fail_msg("%s is %s: %s", counter->name, lab_counter_state_name(counter->state), counter->reason);
}

static void assert_unavailable(const struct lab_counter *counter, const char *words)
{
    assert_int_equal(counter->state, LAB_COUNTER_UNAVAILABLE);
    if (strstr(counter->reason, words) == NULL)
        fail_msg("the reason of %s is '%s', without '%s'", counter->name, counter->reason, words);
}

static void test_instructions_are_exact(void **state)
{
    (void)state;
    measure(hardware, HARDWARE_COUNT, ITERATIONS); /* an instruction that faults memory in is counted twice */
    measure(hardware, HARDWARE_COUNT, ITERATIONS);
    assert_measured(&results[INSTRUCTIONS]);
    double once = results[INSTRUCTIONS].value;
    assert_in_range((uint64_t)once, INSTRUCTIONS_PER_ITERATION * ITERATIONS,
                    INSTRUCTIONS_PER_ITERATION * ITERATIONS + ENABLING_INSTRUCTIONS);
    measure(hardware, HARDWARE_COUNT, 2 * ITERATIONS);
    assert_int_equal((uint64_t)(results[INSTRUCTIONS].value - once), INSTRUCTIONS_PER_ITERATION * ITERATIONS);
}

/* The emulated processor takes a nanosecond for each instruction and has cycles of as much. */
static void test_cycles_are_measured(void **state)
{
    (void)state;
    measure(hardware, HARDWARE_COUNT, ITERATIONS);
    assert_measured(&results[CYCLES]);
    assert_true(results[CYCLES].coverage == 1);
    assert_in_range((uint64_t)results[CYCLES].value, INSTRUCTIONS_PER_ITERATION * ITERATIONS * 9 / 10,
                    INSTRUCTIONS_PER_ITERATION * ITERATIONS * 2);
}

static void test_what_is_outside_of_the_region_is_not_counted(void **state)
{
    (void)state;
    region_open(hardware, HARDWARE_COUNT);
    loop(ITERATIONS);
    lab_counters_start(&counters);
    lab_counters_stop(&counters);
    loop(ITERATIONS);
    region_close();
    assert_measured(&results[INSTRUCTIONS]);
    assert_in_range((uint64_t)results[INSTRUCTIONS].value, 1, ENABLING_INSTRUCTIONS);
}

/* A group lives although its first event does not: the next one leads. */
static void test_missing_events_have_the_kernels_reason(void **state)
{
    (void)state;
    const struct lab_event events[] = {
        HARDWARE("branch_misses", PERF_COUNT_HW_BRANCH_MISSES),
        HARDWARE("instructions", PERF_COUNT_HW_INSTRUCTIONS),
        HARDWARE("llc_misses", PERF_COUNT_HW_CACHE_MISSES),
    };
    measure(events, TEST_COUNT(events), ITERATIONS);
    assert_unavailable(&results[0], "no such event");
    assert_measured(&results[1]);
    assert_unavailable(&results[2], strerror(ENOENT));
}

static void *thread_main(void *barrier)
{
    pthread_barrier_wait(barrier);
    loop(ITERATIONS);
    return NULL;
}

/* Threads created between open and start are counted from the start on, and their counts stay when they end. */
static void test_threads_add_up(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    region_open(hardware, HARDWARE_COUNT);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, thread_main, &barrier), 0);
    lab_counters_start(&counters);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    region_close();
    uint64_t wanted = THREADS * INSTRUCTIONS_PER_ITERATION * ITERATIONS;
    for (int i = 0; i < HARDWARE_COUNT; i++)
        assert_measured(&results[i]);
    assert_in_range((uint64_t)results[INSTRUCTIONS].value, wanted, wanted + THREADS * THREAD_INSTRUCTIONS);
    pthread_barrier_destroy(&barrier);
}

/* Takes every counter of the PMU, in turn with whoever else wants one. */
static void rivals_open(int fds[RIVALS])
{
    for (int i = 0; i < RIVALS; i++) {
        fds[i] = lab_kernel_events.open(NULL, &hardware[INSTRUCTIONS], -1);
        assert_true(fds[i] >= 0);
        lab_kernel_events.enable(NULL, fds[i], true);
    }
}

static void rivals_close(int fds[RIVALS])
{
    for (int i = 0; i < RIVALS; i++)
        close(fds[i]);
}

static void test_too_few_counters_all_the_time_are_refused(void **state)
{
    (void)state;
    int fds[RIVALS];
    region_open(hardware, HARDWARE_COUNT);
    rivals_open(fds);
    lab_counters_start(&counters);
    loop(LONG_ITERATIONS);
    region_close();
    rivals_close(fds);
    for (int i = 0; i < HARDWARE_COUNT; i++)
        assert_unavailable(&results[i], " % of the time");
}

static void test_too_few_counters_for_a_while_are_scaled(void **state)
{
    (void)state;
    int fds[RIVALS];
    region_open(hardware, HARDWARE_COUNT);
    rivals_open(fds);
    lab_counters_start(&counters);
    loop(LONG_ITERATIONS / 10);
    rivals_close(fds);
    loop(LONG_ITERATIONS - LONG_ITERATIONS / 10);
    region_close();
    uint64_t wanted = INSTRUCTIONS_PER_ITERATION * LONG_ITERATIONS;
    assert_int_equal(results[INSTRUCTIONS].state, LAB_COUNTER_SCALED);
    assert_true(results[INSTRUCTIONS].coverage >= LAB_COVERAGE_MIN && results[INSTRUCTIONS].coverage < 1);
    assert_in_range((uint64_t)results[INSTRUCTIONS].value, wanted * 9 / 10, wanted * 11 / 10);
}

static void test_page_faults_are_counted_by_the_kernel(void **state)
{
    (void)state;
    const struct lab_event event = {
        .name = "page_faults", .encoded = true, .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_PAGE_FAULTS};
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    region_open(&event, 1);
    lab_counters_start(&counters);
    for (size_t i = 0; i < PAGES; i++)
        memory[i * page] = 1;
    region_close();
    munmap(memory, PAGES * page);
    assert_measured(&results[0]);
    assert_in_range((uint64_t)results[0].value, PAGES, PAGES + PAGES / 10);
    assert_string_equal(results[0].reason, "");
}

int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instructions_are_exact),
        cmocka_unit_test(test_cycles_are_measured),
        cmocka_unit_test(test_what_is_outside_of_the_region_is_not_counted),
        cmocka_unit_test(test_missing_events_have_the_kernels_reason),
        cmocka_unit_test(test_threads_add_up),
        cmocka_unit_test(test_too_few_counters_all_the_time_are_refused),
        cmocka_unit_test(test_too_few_counters_for_a_while_are_scaled),
        cmocka_unit_test(test_page_faults_are_counted_by_the_kernel),
    };
    return cmocka_run_group_tests_name("pmu_counts", tests, NULL, NULL);
}
