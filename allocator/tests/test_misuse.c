/* Misuse: what ends the process, with which line.  Each case runs in a child whose standard error is read. */
#include "test.h"
#include "allocator/magazine.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char said[512];

/* Runs `misuse` in a child; keeps what it said; the signal that ended it, or 0. */
static int run_child(void (*misuse)(void))
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        signal(SIGSEGV, SIG_DFL); /* cmocka catches it */
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        misuse();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t n; length < sizeof said - 1 && (n = read(ends[0], said + length, sizeof said - 1 - length)) > 0;)
        length += (size_t)n;
    said[length] = '\0';
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void assert_dies_saying(void (*misuse)(void), const char *line)
{
    int signal_number = run_child(misuse);
    if (strstr(said, line) == NULL)
        fail_msg("expected \"%s\", got \"%s\"", line, said);
    assert_int_equal(signal_number, SIGABRT);
}

#define INVALID_FREE "hakmem: free of a pointer that was never allocated, or freed already: 0x"

static int object;
static void *neighbours[MAGAZINE_BLOCKS_MAX];
static void *volatile hidden; /* the compiler must not see where the pointer comes from */

static void free_hidden(void *p)
{
    hidden = p;
    hakmem_free(hidden);
}

static void free_static(void)
{
    free_hidden(&object);
}

static void free_stack(void)
{
    int local;
    free_hidden(&local);
}

static void free_huge_twice(void)
{
    void *block = hakmem_malloc(HAKMEM_SPAN_BLOCK_MAX + 1);
    hakmem_free(block);
    free_hidden(block);
}

static void free_in_an_unused_slice(void)
{
    hakmem_free(hakmem_malloc(1));
    free_hidden((void *)(hakmem_region.base + (1000 << HAKMEM_SLICE_SHIFT)));
}

static void free_after_its_page_was_retired(void)
{
    void *block = hakmem_malloc(100000);
    hakmem_free(block);
    free_hidden(block);
}

/* Where its span starts is not where a coloured block starts. */
static void free_before_a_large_block(void)
{
    char *block;
    do
        block = hakmem_malloc(66000);
    while (((uintptr_t)block & (HAKMEM_SLICE_BYTES - 1)) == 0 && HAKMEM_USE_COLOURED_SPANS);
    free_hidden(HAKMEM_USE_COLOURED_SPANS ? (char *)((uintptr_t)block & ~(HAKMEM_SLICE_BYTES - 1)) : block + 4096);
}

static void realloc_static(void)
{
    hidden = &object;
    hidden = hakmem_realloc(hidden, 10);
}

static void free_in_a_part_that_is_not_open(void)
{
    hakmem_free(hakmem_malloc(1));
    free_hidden((void *)(hakmem_region.base + ((hakmem_region.slice_count - 1) << HAKMEM_SLICE_SHIFT)));
}

static void pointers_into_what_is_not_open_end_the_process(void **state)
{
    (void)state;
    if (HAKMEM_ASAN || HAKMEM_TSAN)
        skip(); /* they report the signal in their own way */
    assert_int_equal(run_child(free_in_a_part_that_is_not_open), SIGSEGV);
}

static void foreign_pointers_end_the_process(void **state)
{
    (void)state;
    assert_dies_saying(free_static, INVALID_FREE);
    assert_dies_saying(free_stack, INVALID_FREE);
    assert_dies_saying(free_in_an_unused_slice, INVALID_FREE);
    if (HAKMEM_USE_LARGE_SPANS)
        assert_dies_saying(free_before_a_large_block, INVALID_FREE);
    assert_dies_saying(realloc_static, "hakmem: a pointer that was never allocated, or freed already: 0x");
}

static void free_twice_in_a_row(size_t size, size_t others)
{
    void *block = hakmem_malloc(size);
    void *behind = hakmem_malloc(size); /* its page stays */
    for (size_t i = 0; i < others; i++)
        neighbours[i] = hakmem_malloc(size);
    for (size_t i = 0; i < others; i++)
        hakmem_free(neighbours[i]);
    hakmem_free(block);
    free_hidden(block);
    hakmem_free(behind);
}

static void free_twice_into_a_magazine(void)
{
    free_twice_in_a_row(100, 0);
}

static void free_twice_past_a_full_magazine(void)
{
    free_twice_in_a_row(100, MAGAZINE_BLOCKS_MAX);
}

static void free_twice_a_medium_block(void)
{
    free_twice_in_a_row(40000, 0);
}

static void double_frees_in_a_row_end_the_process(void **state)
{
    (void)state;
    if (!HAKMEM_USE_DOUBLE_FREE_CHECK)
        skip();
    assert_dies_saying(free_twice_into_a_magazine, INVALID_FREE);
    assert_dies_saying(free_twice_past_a_full_magazine, INVALID_FREE);
    assert_dies_saying(free_twice_a_medium_block, INVALID_FREE);
}

static void double_frees_of_what_is_gone_end_the_process(void **state)
{
    (void)state;
    assert_dies_saying(free_huge_twice, INVALID_FREE);
    assert_dies_saying(free_after_its_page_was_retired, INVALID_FREE);
}

static void read_after_free(void)
{
    char *block = hakmem_malloc(100);
    hidden = block;
    hakmem_free(block);
    _exit(((volatile char *)hidden)[50]);
}

static void write_to_a_freed_link(void)
{
    char *blocks[3];
    for (int i = 0; i < 3; i++)
        blocks[i] = hakmem_malloc(64);
    hakmem_free(blocks[1]);
    hidden = blocks[1];
    ((volatile char *)hidden)[0] = 1; /* the link word, too, is poisoned */
}

static void address_sanitizer_sees_freed_blocks(void **state)
{
    (void)state;
    if (!HAKMEM_ASAN)
        skip();
    run_child(read_after_free);
    assert_non_null(strstr(said, "use-after-poison"));
    run_child(write_to_a_freed_link);
    assert_non_null(strstr(said, "use-after-poison"));
}

/* --- what only guards and encoded links find (hakmem-secure) --------------------------------------------------------
 */

#define INVALID_POINTER "hakmem: a pointer that was never allocated, or freed already: 0x"
#define OVERWRITTEN     "hakmem: a block was written past its end: 0x"
#define BROKEN_LINK     "hakmem: a free block was written to"

enum { many = 400 }; /* more than a magazine holds */
static char *volatile blocks[many];

static void free_twice(void)
{
    blocks[0] = hakmem_malloc(100);
    blocks[1] = hakmem_malloc(100);
    hakmem_free(blocks[0]);
    free_hidden(blocks[0]);
}

static void free_twice_with_others_between(void)
{
    for (int i = 0; i < many; i++)
        blocks[i] = hakmem_malloc(100);
    for (int i = 0; i < many - 1; i++)
        hakmem_free(blocks[i]);
    free_hidden(blocks[7]);
}

static void free_inside_a_block(void)
{
    blocks[0] = hakmem_malloc(100);
    free_hidden(blocks[0] + 48);
}

static void free_inside_a_large_block(void)
{
    blocks[0] = hakmem_malloc(300000);
    free_hidden(blocks[0] + 4096);
}

static void free_off_by_one(void)
{
    blocks[0] = hakmem_malloc(100);
    free_hidden(blocks[0] + 1);
}

static void overflow_of(size_t size)
{
    blocks[0] = hakmem_malloc(size);
    blocks[0][hakmem_malloc_usable_size(blocks[0])] = 'x';
    free_hidden(blocks[0]);
}

static void overflow_of_a_small_block(void)
{
    overflow_of(100);
}

static void overflow_of_a_large_block(void)
{
    overflow_of(300000);
}

static void overflow_before_a_realloc(void)
{
    blocks[0] = hakmem_malloc(100);
    blocks[0][hakmem_malloc_usable_size(blocks[0])] = 'x';
    blocks[0] = hakmem_realloc(blocks[0], 5000);
}

/* A freed block that left the magazine holds a link. */
static void write_to_links_of_freed_blocks(void)
{
    for (int i = 0; i < many; i++)
        blocks[i] = hakmem_malloc(64);
    for (int i = 0; i < many; i++)
        hakmem_free(blocks[i]);
    for (int i = 0; i < many; i++)
        memset(blocks[i], 'x', 8);
    for (int i = 0; i < 2 * many; i++)
        hidden = hakmem_malloc(64);
}

static void resize_after_free(void)
{
    blocks[0] = hakmem_malloc(100);
    hakmem_free(blocks[0]);
    hidden = hakmem_realloc(blocks[0], 200);
}

static void guards_find_what_is_freed_wrongly(void **state)
{
    (void)state;
    if (!HAKMEM_USE_GUARDS || HAKMEM_ASAN)
        skip();
    assert_dies_saying(free_twice, INVALID_FREE);
    assert_dies_saying(free_twice_with_others_between, INVALID_FREE);
    assert_dies_saying(free_inside_a_block, INVALID_FREE);
    assert_dies_saying(free_off_by_one, INVALID_FREE);
    assert_dies_saying(resize_after_free, INVALID_POINTER);
}

static void guards_find_what_was_written_past_its_end(void **state)
{
    (void)state;
    if (!HAKMEM_USE_GUARDS || HAKMEM_ASAN)
        skip();
    assert_dies_saying(overflow_of_a_small_block, OVERWRITTEN);
    assert_dies_saying(overflow_of_a_large_block, OVERWRITTEN);
    assert_dies_saying(overflow_before_a_realloc, OVERWRITTEN);
}

static void encoded_links_find_writes_to_free_blocks(void **state)
{
    (void)state;
    if (!HAKMEM_USE_ENCODED_LINKS || HAKMEM_ASAN)
        skip();
    assert_dies_saying(write_to_links_of_freed_blocks, BROKEN_LINK);
}

static void interior_pointers_of_large_blocks_end_the_process(void **state)
{
    (void)state;
    if (!HAKMEM_USE_LARGE_SPANS)
        skip();
    assert_dies_saying(free_inside_a_large_block, INVALID_FREE);
}

/* Blocks of one size do not come in the order of their addresses. */
static void random_order_is_no_order(void **state)
{
    (void)state;
    if (!HAKMEM_USE_RANDOM_ORDER)
        skip();
    int ascents = 0;
    for (int i = 0; i < many; i++) {
        blocks[i] = hakmem_malloc(48);
        ascents += i > 0 && blocks[i] > blocks[i - 1];
    }
    for (int i = 0; i < many; i++)
        hakmem_free(blocks[i]);
    assert_in_range(ascents, many / 10, many - many / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_sanitizer_sees_freed_blocks),
        cmocka_unit_test(foreign_pointers_end_the_process),
        cmocka_unit_test(pointers_into_what_is_not_open_end_the_process),
        cmocka_unit_test(double_frees_in_a_row_end_the_process),
        cmocka_unit_test(double_frees_of_what_is_gone_end_the_process),
        cmocka_unit_test(interior_pointers_of_large_blocks_end_the_process),
        cmocka_unit_test(guards_find_what_is_freed_wrongly),
        cmocka_unit_test(guards_find_what_was_written_past_its_end),
        cmocka_unit_test(encoded_links_find_writes_to_free_blocks),
        cmocka_unit_test(random_order_is_no_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
