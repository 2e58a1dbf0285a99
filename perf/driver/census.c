/*
 * The census of one operation: how many instructions, loads, stores, conditional branches and locked instructions one
 * warm call takes, and how many cache lines it touches.
 *
 * The target makes a few dozen calls behind marks; each is stepped and tallied on its own.  The usual one, the length
 * that occurs most often (of two, the shorter), stands for the operation: now and then a call does the work of many,
 * such as collecting a list, and an average would be no call that ever happens.  The shortest and longest are told
 * beside it.  Calls that clear or copy large blocks are so long that fewer of them are stepped.
 */
#include "perf/driver/census.h"

#include "perf/driver/environment.h"
#include "perf/driver/stepper.h"
#include "perf/driver/symbol.h"
#include "perf/driver/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const census_op_names[CENSUS_OPS] = {"malloc", "free", "calloc", "realloc", "remote_free"};

enum {
    CALLS_MAX = 64,       /* the target makes fewer */
    LINE_BYTES = 64,      /* of every x86-64 processor */
    STEPS_ENOUGH = 60000, /* of all calls: no further one then, at some 20 us a step */
    LINES_MAX = 1 << 15   /* distinct ones of one call: 2 MiB, the longest block and as much again */
};

/* Distinct cache lines, in no order: calls touch few. */
struct lines {
    uint64_t *line;
    uint32_t count;
};

/* A call being stepped. */
struct call {
    struct decoder *decoder;
    pid_t pid;
    bool listing;
    struct census_tally tally;
    struct lines data, code;
    uint64_t visits;    /* steps of all calls; a string instruction takes one for each of its turns */
    uint64_t repeating; /* address of the rep instruction that the last step was at; 0: it was none */
    struct census_step *steps;
    size_t step_count;
};

static void lines_add(struct lines *lines, uint64_t address, uint32_t bytes)
{
    uint64_t last = (address + (bytes ? bytes : 1) - 1) / LINE_BYTES;
    for (uint64_t line = address / LINE_BYTES; line <= last; line++) {
        uint32_t i = lines->count;
        while (i > 0 && lines->line[i - 1] != line) /* the latest first: accesses come in runs */
            i--;
        if (i == 0 && lines->count < LINES_MAX)
            lines->line[lines->count++] = line;
    }
}

static void keep_step(struct call *call, const struct instruction *instruction, uint64_t address)
{
    if (!call->listing || call->step_count == CENSUS_STEPS_MAX)
        return;
    struct census_step *step = &call->steps[call->step_count++];
    *step = (struct census_step){.function = symbol_at(call->pid, address),
                                 .load = instruction->loads,
                                 .store = instruction->stores,
                                 .branch = instruction->branch,
                                 .atomic = instruction->atomic};
    memcpy(step->text, instruction->text, sizeof step->text);
}

static void visit(void *context, const struct step *step)
{
    struct call *call = context;
    struct instruction instruction;
#if defined(__x86_64__)
    uint64_t address = step->registers->rip;
#else
    uint64_t address = 0;
#endif
    decoder_decode(call->decoder, step->code, step->length, address, step->registers, &instruction);
    call->visits++;
    bool again = instruction.repeats && address == call->repeating;
    call->repeating = instruction.repeats ? address : 0;
    call->tally.loads += instruction.loads;
    call->tally.stores += instruction.stores;
    for (size_t i = 0; i < instruction.access_count; i++)
        lines_add(&call->data, instruction.accesses[i].address, instruction.accesses[i].bytes);
    if (again)
        return;
    call->tally.instructions++;
    call->tally.branches += instruction.branch;
    call->tally.atomics += instruction.atomic;
    lines_add(&call->code, address, 1);
    keep_step(call, &instruction, address);
}

static void call_begin(struct call *call)
{
    call->tally = (struct census_tally){0};
    call->data.count = call->code.count = 0;
    call->repeating = 0;
    call->step_count = 0;
}

static void call_end(struct call *call)
{
    call->tally.lines = call->data.count;
    call->tally.code_lines = call->code.count;
}

/* Keeps the steps of a call: any of them may turn out to be the usual one. */
static void steps_keep(const struct call *call, struct census_step *kept[CALLS_MAX], size_t counts[CALLS_MAX],
                       uint32_t index)
{
    if (!call->listing)
        return;
    kept[index] = memory_take(call->step_count + 1, sizeof *call->steps);
    memcpy(kept[index], call->steps, call->step_count * sizeof *call->steps);
    counts[index] = call->step_count;
}

/* How many of the calls are as long as this one. */
static uint32_t alike(const struct census_tally *tallies, uint32_t count, uint32_t index)
{
    uint32_t like = 0;
    for (uint32_t i = 0; i < count; i++)
        like += tallies[i].instructions == tallies[index].instructions;
    return like;
}

/* Chooses the usual call; returns its place. */
static uint32_t conclude(const struct census_tally *tallies, uint32_t count, struct census *census)
{
    uint32_t usual = 0;
    census->calls = count;
    census->fewest = census->most = tallies[0].instructions;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t like = alike(tallies, count, i), length = tallies[i].instructions;
        if (like > census->like || (like == census->like && length < tallies[usual].instructions)) {
            usual = i;
            census->like = like;
        }
        census->fewest = length < census->fewest ? length : census->fewest;
        census->most = length > census->most ? length : census->most;
    }
    census->usual = tallies[usual];
    return usual;
}

/* Steps every call that the target makes. */
static int step_calls(struct stepper *stepper, struct call *call, struct census *census, struct lab_error *error)
{
    struct census_tally tallies[CALLS_MAX] = {0};
    struct census_step *kept[CALLS_MAX] = {0};
    size_t counts[CALLS_MAX] = {0};
    uint32_t count = 0;
    uint64_t entry = 0;
    int status = stepper_next_mark(stepper, &entry, error);
    while (!status && entry && count < CALLS_MAX) {
        call_begin(call);
        status = stepper_walk(stepper, entry, visit, call, error);
        call_end(call);
        steps_keep(call, kept, counts, count);
        tallies[count++] = call->tally;
        if (call->visits >= STEPS_ENOUGH)
            break;
        if (!status)
            status = stepper_next_mark(stepper, &entry, error);
    }
    if (!status && count == 0)
        status = lab_error_set(error, STATUS_FAILED, "census: the target made no call");
    uint32_t usual = status ? count : conclude(tallies, count, census);
    for (uint32_t i = 0; i < count; i++)
        if (i != usual)
            free(kept[i]);
    census->steps = status ? NULL : kept[usual];
    census->step_count = status ? 0 : counts[usual];
    return status;
}

int census_take(const struct paths *paths, const struct allocator *allocator, enum census_op op, uint64_t size,
                bool listing, struct census *census, struct lab_error *error)
{
    struct call call = {.decoder = decoder_new(), .listing = listing};
    struct stepper stepper;
    struct environment environment;
    *census = (struct census){.allocator = allocator->label, .op = op};
    if (!call.decoder)
        return lab_error_set(error, STATUS_FAILED, "census knows x86-64 only; this processor is another one");
    char *program = text_format("%s/lab-census-target", paths->bin);
    char *bytes = text_format("%llu", (unsigned long long)size);
    const char *argv[] = {program, census_op_names[op], bytes, NULL};
    call.data.line = memory_take(LINES_MAX, sizeof *call.data.line);
    call.code.line = memory_take(LINES_MAX, sizeof *call.code.line);
    call.steps = memory_take(CENSUS_STEPS_MAX, sizeof *call.steps);
    environment_make(&environment, allocator->library, 0, 2 * strlen(program));
    int status = stepper_start(&stepper, argv, environment.variables, error);
    call.pid = stepper.pid;
    if (!status)
        status = step_calls(&stepper, &call, census, error);
    stepper_end(&stepper);
    environment_free(&environment);
    decoder_free(call.decoder);
    free(call.data.line);
    free(call.code.line);
    free(call.steps);
    free(program);
    free(bytes);
    return status;
}

void census_free(struct census *census)
{
    free(census->steps);
    *census = (struct census){0};
}
