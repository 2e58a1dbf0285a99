# Phase 4: a block above 64 KiB is a run of slices that belongs to nobody, instead of a place in a page of its class.
include allocator/phases/phase3.mk
FEATURES += large_spans
