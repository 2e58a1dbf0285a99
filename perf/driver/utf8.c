/*
 * Text from outside: what processes print, and names of files.  Both may be any bytes, while the records are JSON,
 * which is UTF-8 and nothing else: a text that is none would be missing there, and the failure that it tells of with
 * it.
 *
 * The forms are those of RFC 3629: no overlong ones, no surrogates, nothing above U+10FFFF.
 */
#include "perf/driver/utf8.h"

#include <stddef.h>

enum { DELETE = 0x7f };

/* A range of first bytes, how long what begins so is, and the range of its second byte. */
static const struct form {
    unsigned char first, last, length, second_first, second_last;
} forms[] = {{0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
             {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
             {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f}};

static bool is_within(unsigned char byte, unsigned char first, unsigned char last)
{
    return byte >= first && byte <= last;
}

/* Bytes of the character that begins here; 0 when none does. */
static size_t character_length(const unsigned char *bytes)
{
    const struct form *form = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0] && !form; i++)
        if (is_within(bytes[0], forms[i].first, forms[i].last))
            form = &forms[i];
    if (!form || (form->length > 1 && !is_within(bytes[1], form->second_first, form->second_last)))
        return 0;
    for (size_t i = 2; i < form->length; i++)
        if (!is_within(bytes[i], 0x80, 0xbf))
            return 0;
    return form->length;
}

bool utf8_valid(const char *text)
{
    const unsigned char *rest = (const unsigned char *)text;
    size_t length = 1;
    while (*rest && length) {
        length = character_length(rest);
        rest += length;
    }
    return length != 0;
}

void utf8_clean(char *text)
{
    unsigned char *rest = (unsigned char *)text;
    while (*rest) {
        size_t length = character_length(rest);
        if (!length || *rest < ' ' || *rest == DELETE)
            *rest = '?';
        rest += length ? length : 1;
    }
}

int utf8_width(const char *text, int columns)
{
    for (const unsigned char *rest = (const unsigned char *)text; *rest; rest++)
        columns += is_within(*rest, 0x80, 0xbf);
    return columns;
}
