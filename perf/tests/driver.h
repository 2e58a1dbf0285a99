#ifndef LAB_TESTS_DRIVER_H
#define LAB_TESTS_DRIVER_H

/* What cmocka.h wants to be included before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#endif
