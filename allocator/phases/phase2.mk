# Phase 2: three free lists per page, so that the owner's malloc and free need no atomic operation.
include allocator/phases/phase1.mk
FEATURES += dual_lists
