/* See births.h. */
#define _GNU_SOURCE
#include "perf/recorder/births.h"

#include <sys/mman.h>

#define FIRST_BITS 12u                          /* 96 KiB */
#define SPREAD     UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio, odd: neighbours go far apart */

static size_t place_of(const struct births *births, uintptr_t address)
{
    return (size_t)(address * SPREAD >> (64 - births->bits));
}

static size_t place_after(const struct births *births, size_t place)
{
    return (place + 1) & (births_places(births) - 1);
}

static void put(struct births *births, struct birth birth)
{
    size_t place = place_of(births, birth.address);
    while (births->places[place].address != 0)
        place = place_after(births, place);
    births->places[place] = birth;
}

static bool grow(struct births *births)
{
    struct births larger = {.bits = births->places != NULL ? births->bits + 1 : FIRST_BITS, .count = births->count};
    const size_t bytes = sizeof *births->places << larger.bits;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    larger.places = memory;
    for (size_t i = 0; i < births_places(births); i++)
        if (births->places[i].address != 0)
            put(&larger, births->places[i]);
    if (births->places != NULL)
        munmap(births->places, bytes / 2);
    *births = larger;
    return true;
}

bool births_add(struct births *births, struct birth birth)
{
    if ((births->count + 1) * 4 > births_places(births) * 3 && !grow(births))
        return false;
    put(births, birth);
    births->count++;
    return true;
}

/* Moves up what a free place would cut off from where its search begins. */
static void close_gap(struct births *births, size_t gap)
{
    const size_t mask = births_places(births) - 1;
    for (size_t place = place_after(births, gap); births->places[place].address != 0;
         place = place_after(births, place)) {
        const size_t home = place_of(births, births->places[place].address);
        if (((place - home) & mask) < ((place - gap) & mask))
            continue;
        births->places[gap] = births->places[place];
        gap = place;
    }
    births->places[gap] = (struct birth){0};
}

bool births_take(struct births *births, uintptr_t address, struct birth *birth)
{
    if (births->count == 0)
        return false;
    size_t place = place_of(births, address);
    while (births->places[place].address != address) {
        if (births->places[place].address == 0)
            return false;
        place = place_after(births, place);
    }
    *birth = births->places[place];
    births->count--;
    close_gap(births, place);
    return true;
}
