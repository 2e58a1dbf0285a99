/*
 * Small bars within a line of text, made of the block elements of Unicode, which fill a column in eighths.
 */
#include "perf/driver/bar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EIGHTHS = 8 };

static const char *const blocks[EIGHTHS + 1] = {" ",
                                                "\xe2\x96\x8f",
                                                "\xe2\x96\x8e",
                                                "\xe2\x96\x8d",
                                                "\xe2\x96\x8c",
                                                "\xe2\x96\x8b",
                                                "\xe2\x96\x8a",
                                                "\xe2\x96\x89",
                                                "\xe2\x96\x88"};

bool bar_possible(FILE *file)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"}; /* the first that is set counts */
    const char *locale = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && (!locale || !*locale); i++)
        locale = getenv(names[i]);
    return isatty(fileno(file)) && locale && (strstr(locale, "UTF-8") || strstr(locale, "utf8"));
}

void bar_draw(double share, char text[BAR_BYTES])
{
    double length = isnan(share) ? 0 : fmin(fmax(share, 0), 1) * BAR_CELLS * EIGHTHS;
    int left = (int)lround(length);
    text[0] = '\0';
    for (int cell = 0; cell < BAR_CELLS; cell++) {
        int filled = left < EIGHTHS ? left : EIGHTHS;
        strcat(text, blocks[filled]);
        left -= filled;
    }
}
