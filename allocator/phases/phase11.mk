# Phase 11: a magazine is as long as the burst of frees that it has to hold; pages do not all begin at the same place of
# a cache; a block that realloc makes larger and larger has room to grow;
# calloc clears large blocks in the way that the program makes the cheaper one.
include allocator/phases/phase10.mk
FEATURES += long_magazines coloured_pages growing_spans sparse_blocks
