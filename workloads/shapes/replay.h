/*
 * A profile's file made into a shape: read, planned, and refused where it does not fit this machine.
 */
#ifndef WORKLOADS_SHAPES_REPLAY_H
#define WORKLOADS_SHAPES_REPLAY_H

#include "workloads/shapes/shape.h"

/*
 * The shape that replays the profile in `path`, with a plan for `scale` times its operations; `null` is the loop
 * without malloc.  NULL, and one line on standard error, if there is no such file, it is no profile, or what it has
 * live at once is more than half of this machine's memory.  May be called once.
 */
const struct shape *replay_make(const char *path, double scale, bool null);

#endif
