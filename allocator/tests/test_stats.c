/* What glibc programs ask a malloc about itself.  With another C library there is nothing to ask. */
#include "test.h"
#include "allocator/stats.h"
#include <errno.h>
#include <stdio.h>

#if defined(__GLIBC__)

static void the_heap_reports_about_itself(void **state)
{
    (void)state;
    void *block = hakmem_malloc(HAKMEM_SPAN_BLOCK_MAX + 1);
    FILE *stream = tmpfile();
    assert_non_null(stream);
    assert_int_equal(hakmem_malloc_info(1, stream), EINVAL);
    assert_int_equal(hakmem_malloc_info(0, stream), 0);
    assert_true(ftell(stream) > 50);
    fclose(stream);
    assert_true(hakmem_mallinfo2().hblkhd > HAKMEM_SPAN_BLOCK_MAX);
    hakmem_free(block);
}

static void tunables_of_glibc_are_accepted_and_others_refused(void **state)
{
    (void)state;
    assert_int_equal(hakmem_mallopt(M_ARENA_MAX, 1), 1);
    assert_int_equal(hakmem_mallopt(-12345, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_heap_reports_about_itself),
        cmocka_unit_test(tunables_of_glibc_are_accepted_and_others_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skipped: mallinfo(3) and mallopt(3) are glibc's");
    return 77;
}

#endif
