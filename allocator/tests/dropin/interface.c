/* The malloc family by the C library's names: contracts, limits and what the allocator says about itself. */
#define _GNU_SOURCE /* reallocarray, pvalloc */
#include "dropin.h"
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No header declares these, and this C library may not have them. */
void cfree(void *block) __attribute__((weak));
void free_sized(void *block, size_t size) __attribute__((weak));
void free_aligned_sized(void *block, size_t alignment, size_t size) __attribute__((weak));

static const size_t sizes[] = {0,    1,    15,    16,    17,     100,     1024,    1025,
                               8192, 8193, 65536, 65537, 500000, 2097152, 2097153, 9000000};
enum { sizes_count = sizeof sizes / sizeof sizes[0] };

static void blocks_are_unique_aligned_and_writable(void)
{
    unsigned char *blocks[sizes_count];
    for (size_t i = 0; i < sizes_count; i++) {
        blocks[i] = malloc(launder_size(sizes[i]));
        CHECK(blocks[i] != NULL);
        CHECK((uintptr_t)blocks[i] % 16 == 0);
        size_t usable = malloc_usable_size(blocks[i]);
        CHECK(usable >= sizes[i]);
        memset(blocks[i], (int)i + 1, usable);
        for (size_t j = 0; j < i; j++)
            CHECK(blocks[i] != blocks[j]);
    }
    for (size_t i = 0; i < sizes_count; i++) {
        size_t usable = malloc_usable_size(blocks[i]);
        CHECK(usable == 0 || (blocks[i][0] == i + 1 && blocks[i][usable - 1] == i + 1));
        free(blocks[i]);
    }
    CHECK(malloc_usable_size(launder(NULL)) == 0);
}

#define CHECK_REFUSED(call, error)                                                                                     \
    do {                                                                                                               \
        errno = 0;                                                                                                     \
        CHECK(launder(call) == NULL);                                                                                  \
        CHECK(errno == (error));                                                                                       \
    } while (0)

static void absurd_sizes_are_refused(void)
{
    const size_t absurd[] = {(size_t)PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX - 4096, SIZE_MAX - 15, SIZE_MAX};
    for (size_t i = 0; i < sizeof absurd / sizeof absurd[0]; i++) {
        size_t size = launder_size(absurd[i]);
        CHECK_REFUSED(malloc(size), ENOMEM);
        CHECK_REFUSED(calloc(1, size), ENOMEM);
        CHECK_REFUSED(realloc(NULL, size), ENOMEM);
        CHECK_REFUSED(aligned_alloc(64, size), ENOMEM);
        CHECK_REFUSED(aligned_alloc(launder_size((size_t)1 << 63), size), ENOMEM);
        CHECK_REFUSED(memalign(4096, size), ENOMEM);
        CHECK_REFUSED(valloc(size), ENOMEM);
        CHECK_REFUSED(pvalloc(size), ENOMEM);
    }
    CHECK_REFUSED(calloc(launder_size(SIZE_MAX / 2), 3), ENOMEM);
    CHECK_REFUSED(calloc(launder_size((size_t)1 << 32), (size_t)1 << 32), ENOMEM);
    CHECK_REFUSED(reallocarray(NULL, launder_size(SIZE_MAX / 2), 3), ENOMEM);
}

static void a_failed_realloc_keeps_the_block(void)
{
    for (size_t i = 1; i < sizes_count; i++) {
        unsigned char *block = malloc(sizes[i]);
        memset(block, 0x5a, sizes[i]);
        CHECK_REFUSED(realloc(block, launder_size(SIZE_MAX - 100)), ENOMEM);
        CHECK_REFUSED(reallocarray(block, launder_size(SIZE_MAX / 2), 3), ENOMEM);
        CHECK(block[0] == 0x5a && block[sizes[i] - 1] == 0x5a);
        free(block);
    }
}

static void realloc_keeps_the_content(void)
{
    for (size_t i = 1; i < sizes_count; i++)
        for (size_t j = 1; j < sizes_count; j++) {
            unsigned char *block = malloc(sizes[i]);
            size_t kept = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
            block[0] = (unsigned char)i;
            block[kept - 1] = (unsigned char)(i + 1);
            unsigned char *resized = reallocarray(block, sizes[j], 1);
            CHECK(resized != NULL);
            if (resized == NULL) {
                free(block);
                continue;
            }
            CHECK(kept == 1 || resized[0] == i);
            CHECK(resized[kept - 1] == (unsigned char)(i + 1));
            free(resized);
        }
    void *block = malloc(10);
    CHECK(launder(realloc(block, launder_size(0))) == NULL);
}

static void alignments_are_honoured_or_refused(void)
{
    void *untouched = &untouched;
    void *out = untouched;
    const size_t wrong[] = {0, 1, 2, 4, 3, 24, 4097};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        errno = 0;
        CHECK(posix_memalign(&out, launder_size(wrong[i]), 10) == EINVAL);
        CHECK(out == untouched && errno == 0);
    }
    CHECK(posix_memalign(&out, 64, launder_size(SIZE_MAX - 100)) == ENOMEM);
    CHECK(out == untouched);
    CHECK_REFUSED(aligned_alloc(launder_size(3), 10), EINVAL);
    for (size_t alignment = 8; alignment <= (size_t)4 << 20; alignment *= 2)
        for (size_t i = 0; i < sizes_count; i += 3) {
            void *blocks[3] = {aligned_alloc(alignment, sizes[i]), memalign(alignment, sizes[i]), NULL};
            CHECK(posix_memalign(&blocks[2], alignment, sizes[i]) == 0);
            for (int k = 0; k < 3; k++) {
                CHECK(blocks[k] != NULL && (uintptr_t)blocks[k] % alignment == 0);
                CHECK(malloc_usable_size(blocks[k]) >= sizes[i]);
                memset(blocks[k], 1, sizes[i]);
                free(blocks[k]);
            }
        }
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *one = valloc(1);
    void *whole = pvalloc(1);
    CHECK((uintptr_t)one % page == 0 && (uintptr_t)whole % page == 0 && malloc_usable_size(whole) >= page);
    free(one);
    free(whole);
}

static int all_zero(const unsigned char *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (block[i] != 0)
            return 0;
    return 1;
}

static void calloc_is_zero_after_reuse_and_purge(void)
{
    for (int round = 0; round < 3; round++)
        for (size_t i = 1; i < sizes_count; i++) {
            unsigned char *blocks[4];
            for (int k = 0; k < 4; k++) {
                blocks[k] = calloc(sizes[i], 1);
                CHECK(all_zero(blocks[k], sizes[i]));
                memset(blocks[k], 0xff, malloc_usable_size(blocks[k]));
            }
            for (int k = 0; k < 4; k++)
                free(blocks[k]);
            if (round == 1)
                malloc_trim(0);
        }
}

static void free_keeps_errno(void)
{
    CHECK(cfree != NULL && free_sized != NULL && free_aligned_sized != NULL);
    if (cfree == NULL || free_sized == NULL || free_aligned_sized == NULL)
        return;
    for (size_t i = 0; i < sizes_count; i++) {
        void *blocks[4] = {malloc(sizes[i]), malloc(sizes[i]), malloc(sizes[i]), aligned_alloc(64, sizes[i])};
        errno = 12345;
        free(blocks[0]);
        cfree(blocks[1]);
        free_sized(blocks[2], sizes[i]);
        free_aligned_sized(blocks[3], 64, sizes[i]);
        free(launder(NULL));
        CHECK(errno == 12345);
    }
}

static void what_it_says_about_itself_is_its_own(void)
{
    struct mallinfo2 before = mallinfo2();
    void *large = malloc(50 << 20);
    struct mallinfo2 after = mallinfo2();
    CHECK(after.hblkhd >= before.hblkhd + ((size_t)50 << 20) && after.hblks == before.hblks + 1);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    CHECK((size_t)mallinfo().hblkhd == after.hblkhd);
#pragma GCC diagnostic pop
    free(large);
    CHECK(mallinfo2().hblks == before.hblks);
    CHECK(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1);
    CHECK(mallopt(-4711, 1) == 0);
    char text[2000] = "";
    FILE *stream = fmemopen(text, sizeof text - 1, "w");
    CHECK(malloc_info(1, stream) == EINVAL);
    CHECK(malloc_info(0, stream) == 0);
    fclose(stream);
    CHECK(strstr(text, "<total type=\"pages\"") != NULL);
    malloc_trim(0);
    CHECK(malloc_trim(0) == 0);
}

static void malloc_stats_is_its_own(void)
{
    int ends[2];
    char text[500] = "";
    int saved = dup(STDERR_FILENO);
    CHECK(pipe(ends) == 0);
    dup2(ends[1], STDERR_FILENO);
    malloc_stats();
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    CHECK(read(ends[0], text, sizeof text - 1) > 0);
    close(ends[0]);
    CHECK(strncmp(text, "hakmem: ", 8) == 0);
}

const struct check interface_checks[] = {
    {"blocks are unique, aligned and writable", blocks_are_unique_aligned_and_writable},
    {"absurd sizes are refused with ENOMEM", absurd_sizes_are_refused},
    {"a failed realloc keeps the block", a_failed_realloc_keeps_the_block},
    {"realloc keeps the content", realloc_keeps_the_content},
    {"alignments are honoured or refused", alignments_are_honoured_or_refused},
    {"calloc is zero after reuse and after a purge", calloc_is_zero_after_reuse_and_purge},
    {"free keeps errno, in all its forms", free_keeps_errno},
    {"mallinfo, mallopt, malloc_info and malloc_trim are its own", what_it_says_about_itself_is_its_own},
    {"malloc_stats is its own", malloc_stats_is_its_own},
    {NULL, NULL},
};
