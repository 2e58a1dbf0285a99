#ifndef LAB_DRIVER_PRELOADABLE_H
#define LAB_DRIVER_PRELOADABLE_H

/*
 * A path of the shared object that LD_PRELOAD can hold: `library` itself, or where that has a space or a colon, at
 * which the dynamic linker splits, a link to it in a folder of the harness's own in /tmp, which is gone when the
 * harness ends. To be freed.  When no link can be made it is `library` all the same, and the samples fail, saying so.
 * Thread-safe.
 */
char *preloadable_path(const char *library);

#endif
