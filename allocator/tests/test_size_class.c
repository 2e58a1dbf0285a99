/* Size classes: every size is served by the smallest class that fits, and the waste stays in its bounds. */
#include "test.h"

static void every_size_gets_the_smallest_class_that_fits(void **state)
{
    (void)state;
    for (size_t size = 1; size <= HAKMEM_LARGE_BLOCK_MAX; size += size < 70000 ? 1 : 61) {
        unsigned size_class = size_class_of(size);
        assert_in_range(size_class, 0, SIZE_CLASS_COUNT - 1);
        assert_true(size_class_bytes(size_class) >= size);
        if (size_class > 0)
            assert_true(size_class_bytes(size_class - 1) < size);
    }
    assert_int_equal(size_class_of(0), 0);
    assert_int_equal(size_class_of(HAKMEM_LARGE_BLOCK_MAX), SIZE_CLASS_COUNT - 1);
}

static void classes_are_aligned_growing_and_tight(void **state)
{
    (void)state;
    for (unsigned c = 0; c < SIZE_CLASS_COUNT; c++) {
        size_t bytes = size_class_bytes(c);
        assert_int_equal(bytes % HAKMEM_ALIGNMENT, 0);
        assert_int_equal(size_class_of(bytes), c);
        assert_int_equal(size_class_table[c + 1], bytes);
        if (c >= SIZE_CLASS_TINY_COUNT) /* one byte more than the class below wastes most: at most an eighth */
            assert_true(bytes - (size_class_bytes(c - 1) + 1) <= size_class_bytes(c - 1) / 8);
    }
    assert_int_equal(size_class_bytes(SIZE_CLASS_COUNT - 1), HAKMEM_LARGE_BLOCK_MAX);
    assert_int_equal(size_class_table[0], 0);
}

static void a_multiple_of_an_alignment_gets_an_aligned_class(void **state)
{
    (void)state;
    for (size_t alignment = 16; alignment <= HAKMEM_SLICE_BYTES; alignment *= 2)
        for (size_t size = alignment; size <= HAKMEM_MEDIUM_BLOCK_MAX; size += alignment)
            assert_int_equal(size_class_bytes(size_class_of(size)) % alignment, 0);
}

static void every_page_holds_at_least_four_blocks(void **state)
{
    (void)state;
    for (unsigned c = 0; c < SIZE_CLASS_COUNT; c++)
        assert_true(size_class_slices(c) * HAKMEM_SLICE_BYTES / size_class_bytes(c) >= 4);
}

static void every_word_index_belongs_to_exactly_its_class(void **state)
{
    (void)state;
    unsigned covered = 0;
    for (unsigned c = 0; c < SIZE_CLASS_TINY_COUNT; c++) {
        for (unsigned w = size_class_first_words(c); w <= size_class_last_words(c); w++, covered++)
            assert_int_equal(size_class_of(w * 8), c);
    }
    assert_int_equal(covered, SIZE_WORDS_COUNT);
    for (size_t size = 0; size <= HAKMEM_TINY_MAX; size++)
        assert_int_equal(size_class_of(size), size_class_of(size_words_of(size) * 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_gets_the_smallest_class_that_fits),
        cmocka_unit_test(classes_are_aligned_growing_and_tight),
        cmocka_unit_test(a_multiple_of_an_alignment_gets_an_aligned_class),
        cmocka_unit_test(every_page_holds_at_least_four_blocks),
        cmocka_unit_test(every_word_index_belongs_to_exactly_its_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
