/* Borrowed blocks: memory that is free is used before memory that was never touched, within bounds. */
#include "test.h"

#include "allocator/borrow.h"
#include "allocator/heads.h"
#include "allocator/page.h"

#include <pthread.h>
#include <string.h>

#if HAKMEM_USE_BORROWED_BLOCKS

/* Three classes, of which each may borrow from the next one, but the first not from the third. */
enum { small = 176, middle = 208, large = 240, lent = 40 };

static unsigned tag_of(size_t size)
{
    return magazine_tag(size_class_of(size));
}

static struct magazines *mine(void)
{
    return &hakmem_thread_heap->magazines;
}

/* Bytes of all blocks that the heap's pages have made. */
static size_t bytes_made(void)
{
    size_t bytes = 0;
    struct hakmem_heap *heap = hakmem_thread_heap;
    for (unsigned size_class = 0; size_class < SIZE_CLASS_COUNT; size_class++)
        for (struct hakmem_page *page = heap->queues[size_class].first; page != NULL; page = page->next)
            bytes += (size_t)page_capacity(page) * page->block_size;
    for (struct hakmem_page *page = heap->full.first; page != NULL; page = page->next)
        bytes += (size_t)page_capacity(page) * page->block_size;
    return bytes;
}

/* Leaves `lent` freed blocks of the size in its magazine. */
static void offer(size_t size)
{
    void *blocks[lent];
    for (size_t i = 0; i < lent; i++)
        assert_non_null(blocks[i] = hakmem_malloc(size));
    for (size_t i = 0; i < lent; i++)
        hakmem_free(blocks[i]);
    assert_int_equal(magazine_count(mine(), tag_of(size)), lent);
}

/* Each test begins with a heap that holds nothing, and in which no class is exact. */
static int begin(void **state)
{
    (void)state;
    hakmem_free(hakmem_malloc(small));
    heap_abandon_pages(hakmem_thread_heap);
    memset(mine()->exact, 0, sizeof mine()->exact);
    return 0;
}

static void a_dry_class_takes_freed_blocks_of_a_larger_one(void **state)
{
    (void)state;
    offer(large);
    size_t made = bytes_made();
    void *blocks[lent / 2];
    for (size_t i = 0; i < lent / 2; i++) {
        memset(blocks[i] = hakmem_malloc(middle), (int)i, middle);
        assert_int_equal(hakmem_malloc_usable_size(blocks[i]), large);
    }
    assert_int_equal(bytes_made(), made);
    assert_heap_sound();
    for (size_t i = 0; i < lent / 2; i++) {
        assert_int_equal(((unsigned char *)blocks[i])[middle - 1], i);
        hakmem_free(blocks[i]);
    }
}

static void a_borrowed_block_goes_back_to_its_own_class(void **state)
{
    (void)state;
    offer(large);
    void *block = hakmem_malloc(middle);
    unsigned before = magazine_count(mine(), tag_of(large));
    hakmem_free(block);
    assert_int_equal(magazine_count(mine(), tag_of(large)), before + 1);
    assert_heap_sound();
}

/* The middle class's magazine holds blocks of its own, and below them borrowed ones, too large for the small class. */
static void what_is_borrowed_is_not_lent_on(void **state)
{
    (void)state;
    enum { own = 4, wanted = 8 };
    void *middles[own];
    for (size_t i = 0; i < own; i++)
        assert_non_null(middles[i] = hakmem_malloc(middle));
    while (*head_of(hakmem_thread_heap, size_class_of(middle)) != NULL) /* what its page has made: it is to run dry */
        assert_non_null(hakmem_malloc(middle));
    offer(large);
    void *borrowed = hakmem_malloc(middle);
    assert_int_equal(hakmem_malloc_usable_size(borrowed), large);
    for (size_t i = 0; i < own; i++)
        hakmem_free(middles[i]);
    assert_true(magazine_count(mine(), tag_of(middle)) > MAGAZINE_BLOCKS_MAX / 4); /* enough to lend */
    size_t of_middle = 0;
    for (size_t i = 0; i < wanted; i++) {
        size_t usable = hakmem_malloc_usable_size(hakmem_malloc(small));
        assert_in_range(usable, small, borrow_bytes_max(size_class_of(small)));
        of_middle += usable == middle;
    }
    assert_int_equal(of_middle, own);
    assert_heap_sound();
}

static void a_class_that_has_little_lends_nothing(void **state)
{
    (void)state;
    hakmem_free(hakmem_malloc(large));
    void *block = hakmem_malloc(middle);
    assert_int_equal(hakmem_malloc_usable_size(block), middle);
    hakmem_free(block);
}

static void an_aligned_request_makes_its_class_exact(void **state)
{
    (void)state;
    enum { aligned = 64, next = 80 };
    void *blocks[lent];
    offer(next);
    for (size_t i = 0; i < lent; i++) {
        assert_non_null(blocks[i] = hakmem_aligned_alloc(aligned, aligned));
        assert_int_equal((uintptr_t)blocks[i] % aligned, 0);
    }
    assert_true(mine()->exact[tag_of(aligned)]);
    assert_heap_sound();
    for (size_t i = 0; i < lent; i++)
        hakmem_free(blocks[i]);
}

static void aligned_blocks_beside_borrowed_ones(void **state)
{
    (void)state;
    enum { size = 96, alignment = 32 };
    offer(112);
    void *borrowed = hakmem_malloc(size);
    assert_int_equal(hakmem_malloc_usable_size(borrowed), 112);
    void *blocks[lent];
    for (size_t i = 0; i < lent; i++) {
        assert_int_equal(hakmem_posix_memalign(&blocks[i], alignment, size), 0);
        assert_int_equal((uintptr_t)blocks[i] % alignment, 0);
    }
    assert_heap_sound();
    for (size_t i = 0; i < lent; i++)
        hakmem_free(blocks[i]);
    hakmem_free(borrowed);
}

enum { late_alignment = 64, late_bytes = 192 };
static pthread_key_t late;
static bool late_block_is_aligned;

/* The thread has no heap any more: a block is of one that it has for as long as the call takes. */
static void take_aligned_block(void *unused)
{
    (void)unused;
    void *block = hakmem_aligned_alloc(late_alignment, late_bytes);
    late_block_is_aligned = block != NULL && (uintptr_t)block % late_alignment == 0;
    hakmem_free(block);
}

static void *offer_and_end(void *kept)
{
    offer(large);
    for (size_t i = 0; i < (uintptr_t)kept; i++)
        hakmem_malloc(large);
    pthread_setspecific(late, &late);
    return NULL;
}

/* The heap that the thread left has blocks to lend, one in four of which is aligned by chance. */
static void destructors_get_aligned_blocks(void **state)
{
    (void)state;
    assert_int_equal(pthread_key_create(&late, take_aligned_block), 0);
    for (uintptr_t kept = 0; kept < 4; kept++) {
        pthread_t thread;
        late_block_is_aligned = false;
        assert_int_equal(pthread_create(&thread, NULL, offer_and_end, (void *)kept), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(late_block_is_aligned);
    }
    pthread_key_delete(late);
    assert_heap_sound();
}

static void a_borrowed_block_is_cleared_and_resized_as_any_other(void **state)
{
    (void)state;
    offer(large);
    unsigned char *block = hakmem_calloc(1, middle);
    assert_int_equal(hakmem_malloc_usable_size(block), large);
    for (size_t i = 0; i < middle; i++)
        assert_int_equal(block[i], 0);
    assert_ptr_equal(hakmem_realloc(block, large), block);
    memset(block, 7, large);
    assert_non_null(block = hakmem_realloc(block, 10 * large));
    assert_int_equal(block[large - 1], 7);
    hakmem_free(block);
    assert_heap_sound();
}

/* Of blocks above 8 KiB a magazine holds eight. */
static void medium_blocks_are_lent_as_well(void **state)
{
    (void)state;
    enum { larger = 20 << 10, smaller = 18 << 10, eight = MAGAZINE_BLOCKS_MIN };
    void *blocks[eight];
    if (magazine_tag(size_class_of(larger)) == 0)
        skip();
    for (size_t i = 0; i < eight; i++)
        assert_non_null(blocks[i] = hakmem_malloc(larger));
    for (size_t i = 0; i < eight; i++)
        hakmem_free(blocks[i]);
    size_t made = bytes_made();
    for (size_t i = 0; i < eight / 2; i++) {
        memset(blocks[i] = hakmem_malloc(smaller), (int)i, smaller);
        assert_int_equal(hakmem_malloc_usable_size(blocks[i]), larger);
    }
    assert_int_equal(bytes_made(), made);
    assert_heap_sound();
    for (size_t i = 0; i < eight / 2; i++)
        hakmem_free(blocks[i]);
}

/* Sizes at random: without borrowing, pages are made for 1.6 times what lives. */
static void a_heap_grows_to_little_more_than_what_lives(void **state)
{
    (void)state;
    enum { live = 4096, turns = 400000, size_max = 1024 };
    static void *blocks[live];
    uint64_t random = 11;
    for (size_t i = 0; i < turns; i++) {
        void **block = &blocks[test_random(&random) % live];
        hakmem_free(*block);
        assert_non_null(*block = hakmem_malloc(1 + test_random(&random) % size_max));
    }
    size_t bytes = 0;
    for (size_t i = 0; i < live; i++)
        bytes += hakmem_malloc_usable_size(blocks[i]);
    assert_in_range(bytes_made(), bytes, bytes + bytes * 2 / 5);
    assert_heap_sound();
    for (size_t i = 0; i < live; i++)
        hakmem_free(blocks[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_dry_class_takes_freed_blocks_of_a_larger_one, begin),
        cmocka_unit_test_setup(a_borrowed_block_goes_back_to_its_own_class, begin),
        cmocka_unit_test_setup(what_is_borrowed_is_not_lent_on, begin),
        cmocka_unit_test_setup(a_class_that_has_little_lends_nothing, begin),
        cmocka_unit_test_setup(an_aligned_request_makes_its_class_exact, begin),
        cmocka_unit_test_setup(aligned_blocks_beside_borrowed_ones, begin),
        cmocka_unit_test_setup(destructors_get_aligned_blocks, begin),
        cmocka_unit_test_setup(a_borrowed_block_is_cleared_and_resized_as_any_other, begin),
        cmocka_unit_test_setup(medium_blocks_are_lent_as_well, begin),
        cmocka_unit_test_setup(a_heap_grows_to_little_more_than_what_lives, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void nothing_is_borrowed(void **state)
{
    (void)state;
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_borrowed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
