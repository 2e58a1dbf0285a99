# Phase 6: memory goes back to the system when it lay unused for a while, or when next to nothing is in use any more,
# not at a fixed limit.
include allocator/phases/phase5.mk
FEATURES += watermark_purge
