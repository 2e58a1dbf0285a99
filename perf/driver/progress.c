/*
 * Telling the user how far it is, without getting into the way of results: all of it goes to standard error, and where
 * that is no terminal a line is written only when it says something new.
 */
#include "perf/driver/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ERASE_LINE "\r\033[K"

enum { LINE_BYTES = 128, COLUMNS_USUAL = 80 };

void progress_begin(struct progress *progress)
{
    *progress = (struct progress){.terminal = isatty(STDERR_FILENO)};
}

static void left_text(char text[48], double seconds)
{
    int whole = (int)(seconds + 0.5);
    if (seconds < 0)
        text[0] = '\0';
    else if (whole < 90)
        snprintf(text, 48, ", about %d s left", whole);
    else
        snprintf(text, 48, ", about %d min left", (whole + 30) / 60);
}

/* How much of a line can be erased again: what wraps stays.  The last column, where some terminals wrap, is left free.
 */
static int room(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return (known ? size.ws_col : COLUMNS_USUAL) - 1;
}

void progress_show(struct progress *progress, const char *what, double seconds_left)
{
    char left[48];
    if (progress->silent)
        return;
    left_text(left, seconds_left);
    if (progress->terminal) {
        char line[LINE_BYTES];
        snprintf(line, sizeof line, "%.60s%s", what, left);
        fprintf(stderr, ERASE_LINE "%.*s", room(), line);
    } else if (strcmp(progress->last, what)) {
        snprintf(progress->last, sizeof progress->last, "%s", what);
        fprintf(stderr, "%s%s\n", what, left);
    }
    fflush(stderr);
}

void progress_note(struct progress *progress, const char *format, ...)
{
    va_list arguments;
    if (progress->silent)
        return;
    va_start(arguments, format);
    if (progress->terminal)
        fputs(ERASE_LINE, stderr);
    fputs("harness: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void progress_end(struct progress *progress)
{
    if (progress->terminal && !progress->silent)
        fputs(ERASE_LINE, stderr);
}
