/* Huge zones: who asks for huge pages, and what becomes of them (huge_zone.h). */
#include "test.h"

#include "allocator/huge_zone.h"
#include "allocator/options.h"
#include "allocator/os.h"
#include "allocator/region.h"
#include "allocator/span.h"

#include <string.h>

enum { small_zones = 3, huge_zones = 4, span = 16 /* slices: 1 MiB */ };
#define SPANS_PER_ZONE (ZONE_SLICES / span)
#define SPANS          ((small_zones + huge_zones) * SPANS_PER_ZONE)

static size_t firsts[SPANS];

static bool is_in_use(void)
{
    return hakmem_region.has_huge_zones && access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0;
}

static void fill(size_t slice, size_t slices, int seed)
{
    memset(slice_start(slice), seed, slices << HAKMEM_SLICE_SHIFT);
}

static enum zone_kind kind_of(size_t slice)
{
    return hakmem_region.zones[slice / ZONE_SLICES].kind;
}

static void take_spans(size_t from, size_t count)
{
    bool zero;
    for (size_t i = from; i < from + count; i++) {
        firsts[i] = span_take(span, &zero);
        assert_true(firsts[i] != SPAN_NONE);
        fill(firsts[i], span, (int)i + 1);
    }
}

static void assert_spans_are_whole(size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < (size_t)span << HAKMEM_SLICE_SHIFT; at += 4096)
            assert_int_equal(slice_start(firsts[i])[at], (char)(i + 1));
}

static size_t huge_spans(size_t count)
{
    size_t huge = 0;
    for (size_t i = 0; i < count; i++)
        huge += kind_of(firsts[i]) == ZONE_HUGE;
    return huge;
}

static void give_spans(size_t count)
{
    for (size_t i = 0; i < count; i++)
        span_give(firsts[i], span);
    span_purge(0);
}

static void a_small_heap_has_small_pages(void **state)
{
    (void)state;
    take_spans(0, small_zones * SPANS_PER_ZONE);
    assert_int_equal(huge_spans(small_zones * SPANS_PER_ZONE), 0);
    give_spans(small_zones * SPANS_PER_ZONE);
    assert_null(span_check());
}

static void a_large_heap_gets_huge_pages_and_keeps_its_content(void **state)
{
    (void)state;
    take_spans(0, SPANS);
    if (is_in_use()) {
        assert_true(huge_spans(SPANS) >= huge_zones / 2 * SPANS_PER_ZONE);
        if (os_may_collapse())
            assert_int_equal(kind_of(firsts[0]), ZONE_HUGE); /* it had small pages at first */
    } else {
        assert_int_equal(huge_spans(SPANS), 0);
    }
    assert_spans_are_whole(SPANS);
    give_spans(SPANS);
    assert_null(span_check());
}

/* All of a huge page is resident: when a part of its zone is purged, what was never touched must go, too. */
static void what_is_purged_has_small_pages_again(void **state)
{
    (void)state;
    take_spans(0, SPANS);
    size_t last = firsts[SPANS - 1];
    bool was_huge = kind_of(last) == ZONE_HUGE;
    give_spans(SPANS);
    if (HAKMEM_USE_HOME_ZONES) /* else the only home keeps its zones, and their small pages from the test before */
        assert_int_equal(was_huge, is_in_use());
    assert_int_equal(kind_of(last), ZONE_SMALL);
    assert_int_equal(span_stats().dirty_bytes, 0);
    assert_int_equal(slice_start(last)[0], 0);
    assert_null(span_check());
}

static void a_long_span_has_small_pages(void **state)
{
    (void)state;
    bool zero;
    take_spans(0, SPANS);
    size_t first = span_take(4 * ZONE_SLICES, &zero);
    assert_true(first != SPAN_NONE);
    for (size_t zone = first / ZONE_SLICES + 1; zone < first / ZONE_SLICES + 4; zone++)
        assert_int_not_equal(kind_of(zone * ZONE_SLICES), ZONE_HUGE);
    span_give(first, 4 * ZONE_SLICES);
    give_spans(SPANS);
    assert_null(span_check());
}

static void they_are_for_whoever_asks(void **state)
{
    (void)state;
    if (!hakmem_options.huge_pages)
        skip();                           /* an emulator cannot start this program again, see main */
    hakmem_region.has_huge_zones = false; /* as it is in processes that do not */
    take_spans(0, SPANS);
    assert_int_equal(huge_spans(SPANS), 0);
    give_spans(SPANS);
}

int main(int argc, char **argv)
{
    (void)argc;
    test_restart_with("HAKMEM_HUGE_PAGES", "1", argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_heap_has_small_pages),
        cmocka_unit_test(a_large_heap_gets_huge_pages_and_keeps_its_content),
        cmocka_unit_test(what_is_purged_has_small_pages_again),
        cmocka_unit_test(a_long_span_has_small_pages),
        cmocka_unit_test(they_are_for_whoever_asks),
    };
    hakmem_free(hakmem_malloc(1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
