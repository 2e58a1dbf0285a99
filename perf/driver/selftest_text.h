#ifndef LAB_DRIVER_SELFTEST_TEXT_H
#define LAB_DRIVER_SELFTEST_TEXT_H

#include <jansson.h>
#include <stdio.h>

/* The figures of a self-test for a terminal; `whole` is its selftest.json. */
void selftest_print(FILE *file, const json_t *whole);

#endif
