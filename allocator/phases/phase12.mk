# Phase 12: memory that is free is used before memory that was never touched.
include allocator/phases/phase11.mk
FEATURES += borrowed_blocks
