# Phase 3: branch hints with the cold paths out of line, and page flags packed so that one compare guards free.
include allocator/phases/phase2.mk
FEATURES += branch_hints packed_flags
