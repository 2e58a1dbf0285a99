/*
 * Paths for LD_PRELOAD, which cannot quote: its entries end at spaces and colons.
 *
 * A library whose path has one is preloaded through a symbolic link.  What is loaded is the same file, and the record
 * names it by its real path, so nothing else needs to know.  The links are numbered folders, since the name of the file
 * must stay: /tmp/hakmem-lab-preload-XXXXXX/0/libfoo.so.  A library has one link for the life of the harness.
 */
#define _GNU_SOURCE
#include "perf/driver/preloadable.h"

#include "perf/driver/file.h"
#include "perf/driver/text.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 256 }; /* as many libraries as a run can have, several times over */

static const char separators[] = " :";

/* Guarded by `lock`. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[] = "/tmp/hakmem-lab-preload-XXXXXX";
static bool has_folder;
static struct {
    char *library, *link;
} links[LINKS_MAX];
static size_t link_count;

static void remove_links(void)
{
    file_remove_folder(folder);
    for (size_t i = 0; i < link_count; i++) {
        free(links[i].library);
        free(links[i].link);
    }
    link_count = 0;
}

static bool make_folder(void)
{
    if (!has_folder && mkdtemp(folder)) {
        has_folder = true;
        atexit(remove_links);
    }
    return has_folder;
}

/* Of a library that has no link yet; NULL when none can be made. */
static char *make_link(const char *library)
{
    if (link_count == LINKS_MAX || !make_folder())
        return NULL;
    char *place = text_format("%s/%zu", folder, link_count);
    char *link = text_format("%s/%s", place, text_base_name(library));
    for (char *c = link; *c; c++)
        *c = strchr(separators, *c) ? '_' : *c;
    bool made = mkdir(place, 0700) == 0 && symlink(library, link) == 0;
    free(place);
    if (made) {
        links[link_count].library = text_copy(library);
        links[link_count++].link = link;
        return link;
    }
    free(link);
    return NULL;
}

static const char *find_link(const char *library)
{
    for (size_t i = 0; i < link_count; i++)
        if (!strcmp(links[i].library, library))
            return links[i].link;
    return NULL;
}

char *preloadable_path(const char *library)
{
    if (!strpbrk(library, separators))
        return text_copy(library);
    pthread_mutex_lock(&lock);
    const char *link = find_link(library);
    if (!link)
        link = make_link(library);
    char *path = text_copy(link ? link : library);
    pthread_mutex_unlock(&lock);
    return path;
}
