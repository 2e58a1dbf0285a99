/* The words of a drawn program: KEY=VALUE, each key at most once, every number within its bounds. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "workloads/shapes/drawn.h"

static const char *const policy_names[POLICIES] = {"random",      "queue",    "stack",   "batch",
                                                   "generations", "sawtooth", "vectors", "graphs"};
static const char *const touch_names[TOUCHES] = {"word", "line", "ends", "all"};
static const char *const order_names[] = {"oldest", "newest", "random"};
static const struct {
    const char *name;
    unsigned least, most; /* numbers behind it */
} distributions[SIZES_KINDS] = {{"one", 1, 1}, {"even", 2, 2},   {"log", 2, 2},
                                {"few", 2, 9}, {"mostly", 2, 2}, {"tail", 2, 2}};

/* What the words say, as it stands there. */
struct values {
    unsigned policy, touch, order, sizes;
    uint64_t threads, lives, ops, slots, batch, shelves, keep, handed, callocs, aligned, resized, seed;
};

static bool fault(const char *word, const char *words)
{
    fprintf(stderr, "shapes: drawn: %s: %s\n", word, words);
    return false;
}

/* A decimal number that ends at `end`; false if there is none. */
static bool number_read(const char *text, uint64_t least, uint64_t most, char end, uint64_t *number, const char **rest)
{
    char *behind;
    errno = 0;
    const unsigned long long read = strtoull(text, &behind, 10);
    *rest = behind;
    *number = read;
    return *text >= '0' && *text <= '9' && errno == 0 && *behind == end && read >= least && read <= most;
}

static bool name_read(const char *word, const char *text, const char *const *names, unsigned count, unsigned *which)
{
    for (*which = 0; *which < count; ++*which)
        if (strcmp(text, names[*which]) == 0)
            return true;
    return fault(word, "no such name; perf/METHOD.md has them, under Drawn programs");
}

/* The numbers behind a distribution's name, the smallest first. */
static bool sizes_numbers(struct drawn *drawn, const char *word, const char *text)
{
    const unsigned most = distributions[drawn->sizes].most;
    uint64_t size = DRAWN_SIZE_MIN;
    for (drawn->numbers = 0; *text == ':' && drawn->numbers < most; drawn->numbers++) {
        const char *rest = text + 1 + strspn(text + 1, "0123456789");
        if (!number_read(text + 1, size, DRAWN_SIZE_MAX, *rest, &size, &text))
            return fault(word, "sizes are 8 to 1073741824, the smallest first");
        drawn->number[drawn->numbers] = (uint32_t)size;
    }
    if (*text != '\0' || drawn->numbers < distributions[drawn->sizes].least)
        return fault(word, "the distribution takes another number of sizes");
    return true;
}

static bool sizes_read(struct drawn *drawn, const char *word, const char *text)
{
    const size_t length = strcspn(text, ":");
    for (unsigned i = 0; i < SIZES_KINDS; i++)
        if (strlen(distributions[i].name) == length && strncmp(text, distributions[i].name, length) == 0) {
            drawn->sizes = (enum drawn_sizes)i;
            return sizes_numbers(drawn, word, text + length);
        }
    return fault(word, "sizes are one:S, even:S:S, log:S:S, few:S:S..., mostly:S:S or tail:S:S");
}

static bool value_read(struct values *values, const char *word, const char *key, const char *text)
{
    const struct {
        const char *key;
        uint64_t *value, least, most;
    } numbers[] = {{"threads", &values->threads, 1, DRAWN_THREADS_MAX},
                   {"lives", &values->lives, 1, DRAWN_LIVES_MAX},
                   {"ops", &values->ops, 1, DRAWN_OPS_MAX},
                   {"slots", &values->slots, 2, DRAWN_SLOTS_MAX},
                   {"batch", &values->batch, 1, DRAWN_SLOTS_MAX},
                   {"shelves", &values->shelves, 1, DRAWN_SHELVES_MAX},
                   {"keep", &values->keep, 0, DRAWN_KEEP_MAX},
                   {"handed", &values->handed, 0, DRAWN_SHARE_WHOLE},
                   {"calloc", &values->callocs, 0, DRAWN_SHARE_WHOLE},
                   {"aligned", &values->aligned, 0, DRAWN_SHARE_WHOLE},
                   {"realloc", &values->resized, 0, DRAWN_SHARE_WHOLE},
                   {"seed", &values->seed, 0, UINT64_MAX}};
    const size_t count = sizeof numbers / sizeof numbers[0];
    const char *rest;
    char words[100];
    for (size_t i = 0; i < count; i++) {
        if (strcmp(key, numbers[i].key) != 0)
            continue;
        if (number_read(text, numbers[i].least, numbers[i].most, '\0', numbers[i].value, &rest))
            return true;
        snprintf(words, sizeof words, "%s is %" PRIu64 " to %" PRIu64, key, numbers[i].least, numbers[i].most);
        return fault(word, words);
    }
    return fault(word, "no such key; perf/METHOD.md has them, under Drawn programs");
}

static bool word_read(struct drawn *drawn, struct values *values, const char *word)
{
    char key[16];
    const char *sign = strchr(word, '=');
    if (sign == NULL || (size_t)(sign - word) >= sizeof key)
        return fault(word, "KEY=VALUE is expected");
    memcpy(key, word, (size_t)(sign - word));
    key[sign - word] = '\0';
    if (strcmp(key, "policy") == 0)
        return name_read(word, sign + 1, policy_names, POLICIES, &values->policy);
    if (strcmp(key, "touch") == 0)
        return name_read(word, sign + 1, touch_names, TOUCHES, &values->touch);
    if (strcmp(key, "order") == 0)
        return name_read(word, sign + 1, order_names, sizeof order_names / sizeof order_names[0], &values->order);
    if (strcmp(key, "sizes") == 0)
        return sizes_read(drawn, word, sign + 1);
    return value_read(values, word, key, sign + 1);
}

/* Per mille as a share of 2^32, which a random number of 32 bits is below. */
static uint64_t share_of(uint64_t per_mille)
{
    return (per_mille << 32) / DRAWN_SHARE_WHOLE;
}

bool drawn_parse(struct drawn *drawn, char **words, int count)
{
    struct values values = {.policy = POLICIES, .touch = TOUCH_LINE, .threads = 1, .lives = 1, .shelves = 1, .seed = 1};
    for (int i = 0; i < count; i++)
        if (!word_read(drawn, &values, words[i]))
            return false;
    if (values.policy == POLICIES || drawn->numbers == 0 || values.ops == 0 || values.slots == 0)
        return fault("its words", "policy=, sizes=, ops= and slots= are needed");
    if (values.batch > values.slots)
        return fault("batch", "at most as many as slots");
    if (values.callocs + values.aligned > DRAWN_SHARE_WHOLE)
        return fault("calloc and aligned", "at most 1000 together");
    drawn->policy = (enum drawn_policy)values.policy;
    drawn->touch = (enum drawn_touch)values.touch;
    drawn->order = (enum order)values.order;
    drawn->threads = (unsigned)values.threads;
    drawn->lives = (unsigned)values.lives;
    drawn->ops = values.ops;
    drawn->slots = values.slots;
    drawn->batch = values.batch > 0 ? values.batch : values.slots;
    drawn->shelves = values.shelves;
    drawn->keep = share_of(values.keep);
    drawn->handed = share_of(values.handed);
    drawn->callocs = share_of(values.callocs);
    drawn->aligned = share_of(values.aligned);
    drawn->resized = share_of(values.resized);
    drawn->seed = values.seed;
    return true;
}
