/*
 * Tables: `slots` hash tables with chains.  An entry goes into a random table; one with as many entries as buckets gets
 * twice as many buckets, from calloc; one with TABLE_ENTRIES_MAX is dropped, entry by entry.
 */
#include "workloads/shapes/shape.h"

enum { BUCKETS_FIRST = 16, TABLE_ENTRIES_MAX = 3000 };

struct entry {
    uint8_t tag; /* first, where block_drop looks */
    struct entry *next;
    uint64_t key;
};

struct table {
    struct entry **bucket; /* NULL: an empty table has none */
    uint64_t buckets;      /* a power of two */
    uint64_t entries;
};

static void put(struct table *table, struct entry *entry)
{
    struct entry **bucket = &table->bucket[entry->key & (table->buckets - 1)];
    entry->next = *bucket;
    *bucket = entry;
}

static void grow(struct table *table)
{
    struct table old = *table;
    table->buckets = old.buckets == 0 ? BUCKETS_FIRST : 2 * old.buckets;
    table->bucket = calloc(table->buckets, sizeof *table->bucket);
    if (table->bucket == NULL)
        shape_fail("no memory");
    for (uint64_t i = 0; i < old.buckets; i++)
        for (struct entry *entry = old.bucket[i], *next; entry != NULL; entry = next) {
            next = entry->next;
            put(table, entry);
        }
    free(old.bucket);
}

static void insert(const struct shape *shape, struct tally *tally, struct table *table, struct rng *rng)
{
    const uint64_t random = rng_next(rng);
    if (table->entries == table->buckets)
        grow(table);
    struct entry *entry = block_make(tally, sizeof *entry + random_size(shape, random), random_tag(random));
    entry->key = random >> 8;
    put(table, entry);
    table->entries++;
    tally->ops++;
}

static void drop(struct tally *tally, struct table *table)
{
    for (uint64_t i = 0; i < table->buckets; i++)
        for (struct entry *entry = table->bucket[i], *next; entry != NULL; entry = next) {
            next = entry->next;
            block_drop(tally, entry);
        }
    free(table->bucket);
    *table = (struct table){NULL, 0, 0};
}

struct tally tables_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {0};
    struct rng rng = rng_seed(29, 0);
    struct table *tables = calloc(shape->slots, sizeof *tables);
    if (tables == NULL)
        shape_fail("no memory");
    while (tally.ops < ops) {
        struct table *table = &tables[rng_below(rng_next(&rng), shape->slots)];
        if (table->entries == TABLE_ENTRIES_MAX)
            drop(&tally, table);
        insert(shape, &tally, table, &rng);
    }
    for (uint64_t i = 0; i < shape->slots; i++)
        drop(&tally, &tables[i]);
    free(tables);
    return tally;
}
