/*
 * The schedule: every block whole, every arm at every place equally often, every arm after every other equally often,
 * and the same again from the same seed.
 */
#include "perf/tests/driver.h"

#include "perf/driver/random.h"
#include "perf/driver/schedule.h"

#include <stdbool.h>
#include <string.h>

enum { ARMS_MAX = 8 };

/* How often arm i stood at place j, and how often arm j came right after arm i. */
struct tally {
    int place[ARMS_MAX][ARMS_MAX];
    int after[ARMS_MAX][ARMS_MAX];
};

static struct tally tally_of(size_t arms, size_t blocks, uint64_t seed)
{
    struct tally tally = {0};
    struct schedule *schedule = schedule_new(arms, seed);
    for (size_t block = 0; block < blocks; block++) {
        size_t order[ARMS_MAX];
        unsigned seen = 0;
        schedule_next(schedule, order);
        for (size_t i = 0; i < arms; i++) {
            seen |= 1u << order[i];
            tally.place[order[i]][i]++;
            if (i)
                tally.after[order[i - 1]][order[i]]++;
        }
        assert_int_equal(seen, (1u << arms) - 1);
    }
    schedule_free(schedule);
    return tally;
}

static void every_arm_is_at_every_place_once_in_a_square(void **state)
{
    (void)state;
    for (size_t arms = 2; arms <= ARMS_MAX; arms++) {
        struct tally tally = tally_of(arms, arms, arms * 7);
        for (size_t i = 0; i < arms; i++)
            for (size_t j = 0; j < arms; j++)
                assert_int_equal(tally.place[i][j], 1);
    }
}

static void every_arm_follows_every_other_equally_often(void **state)
{
    (void)state;
    for (size_t arms = 2; arms <= ARMS_MAX; arms++) {
        int squares = arms % 2 ? 2 : 1; /* an odd number of arms needs the mirrored square as well */
        struct tally tally = tally_of(arms, arms * (size_t)squares, 42);
        for (size_t i = 0; i < arms; i++)
            for (size_t j = 0; j < arms; j++)
                assert_int_equal(tally.after[i][j], i == j ? 0 : squares);
    }
}

static void two_arms_alternate_as_abba(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        size_t first[2], second[2];
        struct schedule *schedule = schedule_new(2, seed);
        schedule_next(schedule, first);
        schedule_next(schedule, second);
        assert_int_equal(first[0], second[1]);
        assert_int_equal(first[1], second[0]);
        schedule_free(schedule);
    }
}

/* Whether two schedules give the same first 12 blocks. */
static bool equal(uint64_t seed, uint64_t other_seed)
{
    bool same = true;
    struct schedule *schedule = schedule_new(5, seed), *other = schedule_new(5, other_seed);
    for (int block = 0; block < 12; block++) {
        size_t order[5], other_order[5];
        schedule_next(schedule, order);
        schedule_next(other, other_order);
        same = same && !memcmp(order, other_order, sizeof order);
    }
    schedule_free(schedule);
    schedule_free(other);
    return same;
}

static void the_seed_decides_the_order(void **state)
{
    (void)state;
    assert_true(equal(42, 42));
    assert_false(equal(42, 43));
}

static void padding_varies_by_round_and_stays_within_its_limit(void **state)
{
    int different = 0;
    (void)state;
    for (size_t round = 1; round < 100; round++) {
        assert_in_range(schedule_padding(42, round, 4096), 0, 4096);
        assert_int_equal(schedule_padding(42, round, 4096), schedule_padding(42, round, 4096));
        different += schedule_padding(42, round, 4096) != schedule_padding(42, round - 1, 4096);
    }
    assert_true(different > 90);
}

static void workloads_are_shuffled_whole(void **state)
{
    (void)state;
    for (size_t round = 0; round < 20; round++) {
        size_t order[7];
        unsigned seen = 0;
        schedule_shuffle(42, round, order, 7);
        for (int i = 0; i < 7; i++)
            seen |= 1u << order[i];
        assert_int_equal(seen, 127);
    }
}

/* The reference values of splitmix64 for the seed 1234567. */
static void random_numbers_are_those_of_splitmix64(void **state)
{
    static const uint64_t expected[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                        UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                        UINT64_C(16408922859458223821)};
    (void)state;
    struct random_stream stream = {.state = 1234567};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_true(random_next(&stream) == expected[i]);
}

/* All 24 orders of four things, about equally often: chi-squared with 23 degrees exceeds 49.7 once in a thousand. */
static void every_order_is_equally_likely(void **state)
{
    enum { TRIALS = 24000 };
    int counts[256] = {0};
    double chi_squared = 0;
    (void)state;
    struct random_stream stream = random_stream_of(42, 0);
    for (int trial = 0; trial < TRIALS; trial++) {
        size_t order[] = {0, 1, 2, 3};
        random_shuffle(&stream, order, 4);
        counts[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
    }
    int orders = 0;
    for (int i = 0; i < 256; i++) {
        orders += counts[i] > 0;
        chi_squared += counts[i] ? (counts[i] - TRIALS / 24.0) * (counts[i] - TRIALS / 24.0) / (TRIALS / 24.0) : 0;
    }
    assert_int_equal(orders, 24);
    assert_true(chi_squared < 49.7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_numbers_are_those_of_splitmix64),
        cmocka_unit_test(every_order_is_equally_likely),
        cmocka_unit_test(every_arm_is_at_every_place_once_in_a_square),
        cmocka_unit_test(every_arm_follows_every_other_equally_often),
        cmocka_unit_test(two_arms_alternate_as_abba),
        cmocka_unit_test(the_seed_decides_the_order),
        cmocka_unit_test(padding_varies_by_round_and_stays_within_its_limit),
        cmocka_unit_test(workloads_are_shuffled_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
