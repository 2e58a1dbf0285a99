#ifndef LAB_DRIVER_UTF8_H
#define LAB_DRIVER_UTF8_H

#include <stdbool.h>

/* Whether all of a text is UTF-8, which JSON has to be; control characters are. */
bool utf8_valid(const char *text);

/* Makes any bytes a line that can be shown and recorded, in place: what is no UTF-8, and control characters, become
 * '?'. */
void utf8_clean(char *text);

/* The width that makes printf's `%-*s` as wide as `columns` characters: it counts bytes.  Wide characters count one. */
int utf8_width(const char *text, int columns);

#endif
