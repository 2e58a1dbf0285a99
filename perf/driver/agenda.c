/*
 * The order of the self-test's trials: at each place the kind that is most behind, so that any first part of the
 * agenda holds all kinds in nearly the wanted proportion.  It depends on the numbers alone: a self-test that is resumed
 * goes on where it was.
 */
#include "perf/driver/agenda.h"

enum { KINDS = 1 + AGENDA_EFFECTS };

const int agenda_effects[AGENDA_EFFECTS] = {1, 2, 5};

static size_t wanted_of(const struct agenda *agenda, size_t kind)
{
    return kind ? agenda->slowed : agenda->again;
}

size_t agenda_length(const struct agenda *agenda)
{
    return agenda->again + AGENDA_EFFECTS * agenda->slowed;
}

/* The kind of which the smallest part is done; among equals the first. */
static size_t most_behind(const struct agenda *agenda, const size_t done[KINDS])
{
    size_t best = KINDS;
    for (size_t kind = 0; kind < KINDS; kind++) {
        size_t wanted = wanted_of(agenda, kind);
        if (done[kind] < wanted && (best == KINDS || done[kind] * wanted_of(agenda, best) < done[best] * wanted))
            best = kind;
    }
    return best;
}

struct agenda_item agenda_item(const struct agenda *agenda, size_t index)
{
    size_t done[KINDS] = {0}, kind = most_behind(agenda, done);
    for (size_t i = 0; i < index; i++) {
        done[kind]++;
        kind = most_behind(agenda, done);
    }
    size_t turn = done[kind];
    return (struct agenda_item){.effect_percent = kind ? agenda_effects[kind - 1] : 0,
                                .workload = turn % agenda->workloads,
                                .allocator = turn / agenda->workloads % agenda->allocators};
}
