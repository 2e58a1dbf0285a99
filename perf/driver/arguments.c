/*
 * Command lines of the measured programs: what all ways of running one have in common.
 */
#define _GNU_SOURCE
#include "perf/driver/arguments.h"

#include "perf/driver/text.h"

#include <stdlib.h>

void arguments_add(struct arguments *arguments, char *owned)
{
    char **longer = reallocarray(arguments->words, arguments->count + 2, sizeof *longer);
    if (!longer)
        abort();
    longer[arguments->count++] = owned;
    longer[arguments->count] = NULL;
    arguments->words = longer;
}

void arguments_add_option(struct arguments *arguments, const char *name, char *owned_value)
{
    char *option = text_format("--%s", name);
    for (char *c = option; *c; c++)
        if (*c == '_')
            *c = '-';
    arguments_add(arguments, option);
    if (owned_value)
        arguments_add(arguments, owned_value);
}

void arguments_add_program(struct arguments *arguments, char *owned_program, const struct workload *workload)
{
    const char *name;
    json_t *value;
    arguments_add(arguments, owned_program);
    json_object_foreach (workload->params, name, value)
        arguments_add_option(arguments, name, text_format("%" JSON_INTEGER_FORMAT, json_integer_value(value)));
}

void arguments_free(struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        free(arguments->words[i]);
    free(arguments->words);
    *arguments = (struct arguments){.count = 0};
}
