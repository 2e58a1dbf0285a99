# Phase 0, the baseline: size-class lookup, walk of the class's page list, one atomic free list per page that all
# threads share.
FEATURES :=
