/*
 * Parsing: numbers, options of each subcommand, and the sentences for what is wrong with them.
 */
#include "perf/tests/driver.h"

#include "perf/driver/options.h"
#include "perf/driver/text.h"

#include <stdlib.h>
#include <string.h>

/* Parses the words of one line; `options` points into a buffer that lives until the next call. */
static int parse(enum command command, const char *line, struct options *options, struct lab_error *error)
{
    static char buffer[256];
    static char *words[32];
    int count = 0;
    char *rest = buffer, *word;
    snprintf(buffer, sizeof buffer, "%s", line);
    while ((word = text_next(&rest, ' ')))
        words[count++] = word;
    words[count] = NULL;
    return options_parse(command, count, words, options, error);
}

static void assert_refused(enum command command, const char *line, const char *message)
{
    struct options options;
    struct lab_error error = {.text = ""};
    assert_int_equal(parse(command, line, &options, &error), STATUS_USAGE);
    if (!strstr(error.text, message))
        fail_msg("'%s' says '%s', not '%s'", line, error.text, message);
}

static void options_and_words_may_be_mixed(void **state)
{
    struct options options;
    struct lab_error error;
    (void)state;
    int status = parse(COMMAND_COMPARE,
                       "compare hakmem --rounds 7 mimalloc --quick --time-limit=1.5 --pin spread --param slots=9",
                       &options, &error);
    assert_int_equal(status, STATUS_DONE);
    assert_int_equal(options.word_count, 2);
    assert_string_equal(options.words[0], "hakmem");
    assert_string_equal(options.words[1], "mimalloc");
    assert_int_equal(options.rounds, 7);
    assert_true(options.quick);
    assert_float_equal(options.time_limit_s, 1.5, 1e-12);
    assert_string_equal(options.pin, "spread");
    assert_int_equal(options.param_count, 1);
    assert_string_equal(options.params[0].name, "slots");
    assert_int_equal(options.params[0].value, 9);
}

static void nothing_given_is_the_usual(void **state)
{
    struct options options;
    struct lab_error error;
    (void)state;
    assert_int_equal(parse(COMMAND_LAB, "lab", &options, &error), STATUS_DONE);
    assert_int_equal(options.phase, -1);
    assert_int_equal(options.seed, 42);
    assert_int_equal(options.rounds, 0);
    assert_null(options.pin);
    assert_false(options.json);
}

static void bad_values_are_refused_with_what_is_wanted(void **state)
{
    (void)state;
    assert_refused(COMMAND_COMPARE, "compare --rounds 12x", "--rounds '12x': must be a whole number from 1 to 1000");
    assert_refused(COMMAND_COMPARE, "compare --rounds 0", "--rounds '0'");
    assert_refused(COMMAND_COMPARE, "compare --rounds -3", "--rounds '-3'");
    assert_refused(COMMAND_COMPARE, "compare --rounds 99999999999999999999", "--rounds");
    assert_refused(COMMAND_COMPARE, "compare --time-limit 0", "--time-limit '0': must be seconds");
    assert_refused(COMMAND_COMPARE, "compare --time-limit inf", "--time-limit 'inf'");
    assert_refused(COMMAND_COMPARE, "compare --time-limit nan", "--time-limit 'nan'");
    assert_refused(COMMAND_COMPARE, "compare --pin everywhere",
                   "--pin 'everywhere': must be compact, spread, per-cache or none");
    assert_refused(COMMAND_COMPARE, "compare --linkage both", "--linkage 'both': must be preload or static");
    assert_refused(COMMAND_COMPARE, "compare --param slots", "--param 'slots': must be NAME=NUMBER");
    assert_refused(COMMAND_COMPARE, "compare --param =3", "--param '=3'");
    assert_refused(COMMAND_COMPARE, "compare --seed -1", "--seed '-1'");
    assert_refused(COMMAND_COMPARE, "compare --workload=", "--workload needs a value");
    assert_refused(COMMAND_LAB, "lab --phase one", "--phase 'one'");
}

static void options_of_other_subcommands_are_refused(void **state)
{
    (void)state;
    assert_refused(COMMAND_RUN, "run --rounds 3", "'run' has no option --rounds");
    assert_refused(COMMAND_COMPARE, "compare --phase 1", "'compare' has no option --phase");
    assert_refused(COMMAND_LIST, "list --frobnicate", "unknown option '--frobnicate'; see './harness list --help'");
    assert_refused(COMMAND_COMPARE, "compare -z", "unknown option '-z'");
    assert_refused(COMMAND_COMPARE, "compare --rounds", "option '--rounds' needs a value");
}

static void numbers_are_taken_whole_or_not_at_all(void **state)
{
    int64_t integer;
    double number;
    (void)state;
    assert_true(text_to_integer("17", 0, 20, &integer) && integer == 17);
    assert_false(text_to_integer("21", 0, 20, &integer));
    assert_false(text_to_integer(" 7", 0, 20, &integer));
    assert_false(text_to_integer("7 ", 0, 20, &integer));
    assert_false(text_to_integer("", 0, 20, &integer));
    assert_false(text_to_integer("+7", 0, 20, &integer));
    assert_true(text_to_number("0.25", 0, 1, &number) && number == 0.25);
    assert_false(text_to_number("0.25s", 0, 1, &number));
    assert_false(text_to_number("-1", 0, 1, &number));
}

static void large_numbers_are_grouped(void **state)
{
    static const struct {
        uint64_t value;
        const char *text;
    } cases[] = {
        {0, "0"}, {999, "999"}, {1000, "1,000"}, {1234567, "1,234,567"}, {UINT64_MAX, "18,446,744,073,709,551,615"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = text_grouped(cases[i].value);
        assert_string_equal(text, cases[i].text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_words_may_be_mixed),
        cmocka_unit_test(nothing_given_is_the_usual),
        cmocka_unit_test(bad_values_are_refused_with_what_is_wanted),
        cmocka_unit_test(options_of_other_subcommands_are_refused),
        cmocka_unit_test(numbers_are_taken_whole_or_not_at_all),
        cmocka_unit_test(large_numbers_are_grouped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
