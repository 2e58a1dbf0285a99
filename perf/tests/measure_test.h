/*
 * What every test program of the measuring parts includes: cmocka with the headers that it wants before it.
 */
#ifndef MEASURE_TEST_H
#define MEASURE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST_COUNT(tests) (sizeof(tests) / sizeof((tests)[0]))

#endif
