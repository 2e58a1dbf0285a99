/*
 * As much of cmocka's interface as the allocator's tests use, for C libraries that Debian has no cmocka for
 * (make test-musl).  One test after the other; a failed assertion ends its test by longjmp.  The output has the lines
 * that scripts/run-tests counts.
 */
#ifndef HAKMEM_TEST_CMOCKA_H
#define HAKMEM_TEST_CMOCKA_H

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

enum { TEST_PASSED = 1, TEST_FAILED, TEST_SKIPPED };

struct CMUnitTest {
    const char *name;          /* as written */
    void (*body)(void **data); /* called with a pointer to NULL */
    int (*setup)(void **data); /* called before it, with the same; NULL: none.  Not 0: the test fails */
};

static jmp_buf test_end; /* of the running test; main thread only */

#define cmocka_unit_test(function) cmocka_unit_test_setup(function, NULL)
#define cmocka_unit_test_setup(function, before)                                                                       \
    {                                                                                                                  \
#function, function, before                                                                                    \
    }

#define fail_msg(...)                                                                                                  \
    (printf(__VA_ARGS__), printf("\n%s:%d: failed\n", __FILE__, __LINE__), longjmp(test_end, TEST_FAILED))
#define skip()                       longjmp(test_end, TEST_SKIPPED)
#define assert_true(condition)       ((condition) ? (void)0 : fail_msg("not true: %s", #condition))
#define assert_non_null(pointer)     assert_true((pointer) != NULL)
#define assert_null(pointer)         assert_true((pointer) == NULL)
#define assert_ptr_equal(a, b)       assert_true((const void *)(a) == (const void *)(b))
#define assert_ptr_not_equal(a, b)   assert_true((const void *)(a) != (const void *)(b))
#define assert_memory_equal(a, b, n) assert_true(memcmp(a, b, n) == 0)
#define assert_int_equal(a, b)       assert_long_equal((long)(a), (long)(b), #a, __FILE__, __LINE__)
#define assert_int_not_equal(a, b)   assert_true((long)(a) != (long)(b))
#define assert_false(condition)      assert_true(!(condition))
#define assert_in_range(value, minimum, maximum)                                                                       \
    assert_true((size_t)(value) >= (size_t)(minimum) && (size_t)(value) <= (size_t)(maximum))

static inline void assert_long_equal(long a, long b, const char *words, const char *file, int line)
{
    if (a == b)
        return;
    printf("%s is %ld instead of %ld\n%s:%d: failed\n", words, a, b, file, line);
    longjmp(test_end, TEST_FAILED);
}

static inline int test_run(const struct CMUnitTest *test)
{
    void *data = NULL;
    int result = setjmp(test_end);
    if (result == 0) {
        printf("[ RUN      ] %s\n", test->name);
        fflush(stdout);
        assert_true(test->setup == NULL || test->setup(&data) == 0);
        test->body(&data);
        result = TEST_PASSED;
    }
    printf("[%s ] %s\n",
           result == TEST_PASSED   ? "       OK"
           : result == TEST_FAILED ? "  FAILED "
                                   : "  SKIPPED",
           test->name);
    return result;
}

/* The number of tests that failed. */
static inline int tests_run(const struct CMUnitTest *tests, size_t count)
{
    int results[TEST_SKIPPED + 1] = {0};
    printf("[==========] Running %zu test(s).\n", count);
    for (size_t i = 0; i < count; i++)
        results[test_run(&tests[i])]++;
    printf("[==========] %zu test(s) run.\n[  PASSED  ] %d test(s).\n", count, results[TEST_PASSED]);
    if (results[TEST_SKIPPED] > 0)
        printf("[  SKIPPED ] %d test(s), listed above\n", results[TEST_SKIPPED]);
    if (results[TEST_FAILED] > 0)
        printf("[  FAILED  ] %d test(s), listed above\n", results[TEST_FAILED]);
    return results[TEST_FAILED];
}

#define cmocka_run_group_tests(tests, setup, teardown) tests_run(tests, sizeof(tests) / sizeof((tests)[0]))

#endif
