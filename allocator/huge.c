/*
 * Huge blocks: one mapping each, and a hash table that knows them all, so that a pointer can be told from a wild one.
 *
 * The table is open addressing with linear probing in a mapping of its own; removal shifts later entries back, so
 * there are no tombstones.  Invariant: fewer than half of the entries are used.  All state is guarded by `lock`.
 */
#include "huge.h"
#include "lock.h"
#include "os.h"

struct huge_block {
    void *start;  /* what the program holds; NULL: the entry is free */
    size_t bytes; /* of the mapping, from start to its end */
};

#define TABLE_ENTRIES_FIRST 256 /* 4 KiB */

static struct lock lock;
static struct huge_block *table;
static size_t entries; /* a power of two, or 0 */
static size_t used;
static size_t total_bytes;

/* Fibonacci hashing of the page number: 2^64 / golden ratio. */
static size_t slot_of(const void *start)
{
    uint64_t hash = ((uint64_t)(uintptr_t)start >> 12) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 32) & (entries - 1);
}

/* The entry of `start`, or the free one where it would go. */
static size_t find(const void *start)
{
    size_t slot = slot_of(start);
    while (table[slot].start != NULL && table[slot].start != start)
        slot = (slot + 1) & (entries - 1);
    return slot;
}

static bool table_grow(void)
{
    size_t old_entries = entries;
    struct huge_block *old = table;
    size_t more = old_entries == 0 ? TABLE_ENTRIES_FIRST : 2 * old_entries;
    struct huge_block *fresh = os_map(more * sizeof *fresh);
    if (fresh == NULL)
        return false;
    table = fresh;
    entries = more;
    for (size_t i = 0; i < old_entries; i++)
        if (old[i].start != NULL)
            table[find(old[i].start)] = old[i];
    if (old != NULL)
        os_unmap(old, old_entries * sizeof *old);
    return true;
}

static bool table_add(void *start, size_t bytes)
{
    lock_take(&lock);
    bool room = 2 * (used + 1) < entries || table_grow();
    if (room) {
        table[find(start)] = (struct huge_block){start, bytes};
        used++;
        total_bytes += bytes;
    }
    lock_give(&lock);
    return room;
}

/* Frees the entry and moves later ones of the same run back to where a search starts. */
static void table_remove(size_t hole)
{
    size_t slot = hole;
    for (;;) {
        slot = (slot + 1) & (entries - 1);
        if (table[slot].start == NULL)
            break;
        size_t home = slot_of(table[slot].start);
        if (((slot - home) & (entries - 1)) >= ((slot - hole) & (entries - 1))) {
            table[hole] = table[slot];
            hole = slot;
        }
    }
    table[hole] = (struct huge_block){NULL, 0};
    used--;
}

/* A mapping of `bytes` at a multiple of `alignment`: maps more and unmaps both ends. */
static char *map_aligned(size_t bytes, size_t alignment)
{
    if (alignment <= os_page_bytes())
        return os_map(bytes);
    char *map = os_map(bytes + alignment);
    if (map == NULL)
        return NULL;
    char *start = (char *)(((uintptr_t)map + alignment - 1) & ~(uintptr_t)(alignment - 1));
    size_t head = (size_t)(start - map);
    if (head != 0)
        os_unmap(map, head);
    os_unmap(start + bytes, alignment - head);
    return start;
}

void *huge_alloc(size_t size, size_t alignment)
{
    size_t page = os_page_bytes();
    if (size > HAKMEM_REQUEST_MAX - alignment - page)
        return NULL;
    size_t bytes = (size + (size == 0) + page - 1) & ~(page - 1);
    char *start = map_aligned(bytes, alignment);
    if (start == NULL)
        return NULL;
    if (!table_add(start, bytes)) {
        os_unmap(start, bytes);
        return NULL;
    }
    return start;
}

bool huge_free(void *p)
{
    size_t bytes = 0;
    lock_take(&lock);
    if (entries != 0) {
        size_t slot = find(p);
        if (table[slot].start != NULL) {
            bytes = table[slot].bytes;
            table_remove(slot);
            total_bytes -= bytes;
        }
    }
    lock_give(&lock);
    if (bytes != 0)
        os_unmap(p, bytes);
    return bytes != 0;
}

/* The table's lock is held all through: the old address may be mapped anew the moment it is left. */
static bool resize_locked(void **p, size_t bytes)
{
    size_t slot = find(*p);
    if (table[slot].start == NULL)
        return false;
    size_t old_bytes = table[slot].bytes;
    void *moved = os_remap(*p, old_bytes, bytes);
    if (moved == NULL)
        return false;
    total_bytes += bytes - old_bytes;
    table_remove(slot);
    table[find(moved)] = (struct huge_block){moved, bytes};
    used++;
    *p = moved;
    return true;
}

bool huge_resize(void **p, size_t size)
{
    size_t page = os_page_bytes();
    if (size > HAKMEM_REQUEST_MAX - page)
        return false;
    lock_take(&lock);
    bool resized = entries != 0 && resize_locked(p, (size + page - 1) & ~(page - 1));
    lock_give(&lock);
    return resized;
}

size_t huge_usable(const void *p)
{
    size_t bytes = 0;
    lock_take(&lock);
    if (entries != 0)
        bytes = table[find(p)].bytes;
    lock_give(&lock);
    return bytes;
}

size_t huge_bytes(size_t *count)
{
    lock_take(&lock);
    size_t bytes = total_bytes;
    *count = used;
    lock_give(&lock);
    return bytes;
}

void huge_lock(void)
{
    lock_take(&lock);
}
void huge_unlock(void)
{
    lock_give(&lock);
}
