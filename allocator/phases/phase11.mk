# Phase 11: a magazine is as long as the burst of frees that it has to hold; and pages do not all begin at the same
# place of a cache.
include allocator/phases/phase10.mk
FEATURES += long_magazines coloured_pages
