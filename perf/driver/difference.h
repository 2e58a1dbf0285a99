#ifndef LAB_DRIVER_DIFFERENCE_H
#define LAB_DRIVER_DIFFERENCE_H

/*
 * Where two files first differ, in words: "line 3 is 'beta' instead of 'alpha'", or "it ends after 12 bytes instead of
 * 40".  NULL when they are equal; the caller frees it.  Long lines are cut, what is no printable ASCII becomes '?'.
 */
char *difference_text(const char *path, const char *expected_path);

#endif
