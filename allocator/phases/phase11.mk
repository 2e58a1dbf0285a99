# Phase 11: a magazine is as long as the burst of frees that it has to hold.
include allocator/phases/phase10.mk
FEATURES += long_magazines
