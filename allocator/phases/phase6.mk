# Phase 6: memory goes back to the system when it lay unused while as much again was freed, not at a fixed limit.
include allocator/phases/phase5.mk
FEATURES += watermark_purge
