/*
 * `harness census ALLOCATOR...`: what one warm call costs in instructions, on any machine: a table, and with --listing
 * the instructions themselves, allocators side by side.
 */
#define _GNU_SOURCE
#include "perf/driver/commands.h"

#include "perf/driver/census.h"
#include "perf/driver/census_json.h"
#include "perf/driver/text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALLOCATORS_MAX = 32,
    SIZE_DEFAULT = 64,        /* bytes: a size that every allocator calls small */
    COLUMN = 56,              /* characters of an allocator in a listing */
    INSTRUCTION = COLUMN - 5, /* of it, behind the marks */
    COLUMNS_MAX = 3           /* side by side */
};

/* Everything that was asked for. */
struct censuses {
    struct allocator allocators[ALLOCATORS_MAX];
    size_t count;
    struct census of[ALLOCATORS_MAX][CENSUS_OPS];
    uint64_t size;
};

static int add_allocator(struct censuses *all, const struct paths *paths, const char *name, struct lab_error *error)
{
    if (all->count == ALLOCATORS_MAX)
        return lab_error_set(error, STATUS_USAGE, "census takes at most %d allocators at once", ALLOCATORS_MAX);
    int status = allocator_find(paths, name, &all->allocators[all->count], error);
    if (status)
        return status;
    if (all->allocators[all->count++].kind == KIND_FLOOR)
        return lab_error_set(error, STATUS_USAGE, "floor cannot be stepped: it is linked into its own programs");
    return STATUS_DONE;
}

/* Every phase, then what is installed, then the system's. */
static int add_all(struct censuses *all, const struct paths *paths, struct lab_error *error)
{
    int numbers[PHASES_MAX];
    size_t phases = allocator_phases(paths, numbers);
    int status = STATUS_DONE;
    for (size_t i = 0; i < phases && !status; i++) {
        char *name = text_format("phase%d", numbers[i]);
        status = add_allocator(all, paths, name, error);
        free(name);
    }
    for (size_t i = 0; allocator_known_names[i] && !status; i++)
        if (allocator_installed(allocator_known_names[i]))
            status = add_allocator(all, paths, allocator_known_names[i], error);
    return status ? status : add_allocator(all, paths, "system", error);
}

static int add_words(struct censuses *all, const struct paths *paths, const struct options *options,
                     struct lab_error *error)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < options->word_count && !status; i++)
        status = strcmp(options->words[i], "all") ? add_allocator(all, paths, options->words[i], error)
                                                  : add_all(all, paths, error);
    if (!status && all->count == 0)
        status =
            lab_error_set(error, STATUS_USAGE, "census needs an allocator, such as './harness census hakmem mimalloc'");
    return status;
}

static int take(struct censuses *all, const struct paths *paths, bool listing, struct lab_error *error)
{
    int status = STATUS_DONE;
    for (size_t i = 0; i < all->count && !status; i++) {
        for (int op = 0; op < CENSUS_OPS && !status; op++) {
            struct lab_error cause = {.text = ""};
            status = census_take(paths, &all->allocators[i], (enum census_op)op, all->size, listing, &all->of[i][op],
                                 &cause);
            if (status)
                lab_error_set(error, status, "%s of %s: %s", census_op_names[op], all->allocators[i].label, cause.text);
        }
    }
    return status;
}

static json_t *all_json(const struct censuses *all)
{
    json_t *list = json_array();
    for (size_t i = 0; i < all->count; i++)
        for (int op = 0; op < CENSUS_OPS; op++)
            json_array_append_new(list, census_json(&all->of[i][op], all->size));
    return json_pack("{s:o}", "census", list);
}

static size_t label_width(const struct censuses *all)
{
    size_t width = strlen("allocator");
    for (size_t i = 0; i < all->count; i++)
        width = strlen(all->allocators[i].label) > width ? strlen(all->allocators[i].label) : width;
    return width;
}

static void print_table(const struct censuses *all)
{
    int width = (int)label_width(all);
    printf(
        "One warm call on blocks of %llu bytes, single-stepped from the function's first instruction to its return.\n",
        (unsigned long long)all->size);
    for (int op = 0; op < CENSUS_OPS; op++) {
        printf("\n%-12s%*s %6s %6s %6s %8s %7s %6s %6s  %s\n", census_op_names[op], width - 11, "", "instr", "loads",
               "stores", "branches", "atomics", "lines", "code", "calls alike, shortest to longest");
        for (size_t i = 0; i < all->count; i++) {
            const struct census *census = &all->of[i][op];
            const struct census_tally *usual = &census->usual;
            printf("  %-*s %6u %6u %6u %8u %7u %6u %6u  %u of %u, %u to %u\n", width, census->allocator,
                   usual->instructions, usual->loads, usual->stores, usual->branches, usual->atomics, usual->lines,
                   usual->code_lines, census->like, census->calls, census->fewest, census->most);
        }
    }
    printf(
        "\nlines: distinct cache lines of data, the stack's included; code: of instructions.  realloc keeps the size;\n"
        "remote_free frees what a living thread allocated.  Exact counts, no statement about time.\n");
}

/* "L b   cmp qword ptr [rax], 0" */
static void print_cell(const struct census *census, size_t row, bool last)
{
    char marks[] = "    ";
    const char *text = "";
    if (row < census->step_count) {
        const struct census_step *step = &census->steps[row];
        marks[0] = step->load ? 'L' : ' ';
        marks[1] = step->store ? 'S' : ' ';
        marks[2] = step->branch ? 'b' : ' ';
        marks[3] = step->atomic ? 'A' : ' ';
        text = step->text;
    }
    printf("%s %-*.*s%s", marks, INSTRUCTION, INSTRUCTION, text, last ? "\n" : " | ");
}

/* The names of the functions, where one of them changes. */
static void print_functions(const struct censuses *all, int op, size_t from, size_t to, size_t row)
{
    bool changes = false;
    for (size_t i = from; i < to; i++) {
        const struct census *census = &all->of[i][op];
        changes = changes || (row < census->step_count &&
                              (row == 0 || strcmp(census->steps[row].function, census->steps[row - 1].function)));
    }
    for (size_t i = from; i < to && changes; i++) {
        const struct census *census = &all->of[i][op];
        char cell[COLUMN + 1] = "";
        if (row < census->step_count)
            snprintf(cell, sizeof cell, "%s:", census->steps[row].function);
        printf("%-*s%s", COLUMN, cell, i + 1 == to ? "\n" : " | ");
    }
}

static void print_side_by_side(const struct censuses *all, int op, size_t from, size_t to)
{
    size_t rows = 0;
    printf("\n");
    for (size_t i = from; i < to; i++) {
        char head[COLUMN + 1];
        const struct census *census = &all->of[i][op];
        snprintf(head, sizeof head, "%s, %s: %u instructions", census_op_names[op], census->allocator,
                 census->usual.instructions);
        printf("%-*s%s", COLUMN, head, i + 1 == to ? "\n" : " | ");
        rows = census->step_count > rows ? census->step_count : rows;
    }
    for (size_t row = 0; row < rows; row++) {
        print_functions(all, op, from, to, row);
        for (size_t i = from; i < to; i++)
            print_cell(&all->of[i][op], row, i + 1 == to);
    }
}

static void print_listings(const struct censuses *all)
{
    printf("\nThe usual call, instruction by instruction.  L loads, S stores, b branches, A atomic.\n");
    for (int op = 0; op < CENSUS_OPS; op++)
        for (size_t from = 0; from < all->count; from += COLUMNS_MAX)
            print_side_by_side(all, op, from, from + COLUMNS_MAX < all->count ? from + COLUMNS_MAX : all->count);
}

static void print(const struct censuses *all, const struct options *options)
{
    if (options->json) {
        json_t *json = all_json(all);
        json_dumpf(json, stdout, JSON_INDENT(1));
        putchar('\n');
        json_decref(json);
        return;
    }
    print_table(all);
    if (options->listing)
        print_listings(all);
}

int command_census(const struct paths *paths, const struct options *options, struct invocation typed,
                   struct lab_error *error)
{
    struct censuses *all = memory_take(1, sizeof *all);
    (void)typed;
    all->size = options->size ? (uint64_t)options->size : SIZE_DEFAULT;
    int status = add_words(all, paths, options, error);
    if (!status)
        status = take(all, paths, options->listing, error);
    if (!status)
        print(all, options);
    for (size_t i = 0; i < all->count; i++) {
        for (int op = 0; op < CENSUS_OPS; op++)
            census_free(&all->of[i][op]);
        allocator_free(&all->allocators[i]);
    }
    free(all);
    return status;
}
