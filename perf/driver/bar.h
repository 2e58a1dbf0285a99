#ifndef LAB_DRIVER_BAR_H
#define LAB_DRIVER_BAR_H

#include <stdbool.h>
#include <stdio.h>

enum {
    BAR_CELLS = 4,                /* columns of a bar */
    BAR_BYTES = 3 * BAR_CELLS + 1 /* of its text: a block of UTF-8 takes three */
};

/* Whether bars can be drawn there: a terminal that shows UTF-8, as the environment says. */
bool bar_possible(FILE *file);

/* A bar as long as the share of 1, in eighths of a column, filled up with spaces to BAR_CELLS columns. */
void bar_draw(double share, char text[BAR_BYTES]);

#endif
