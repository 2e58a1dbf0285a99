# Phase 1: a direct page cache, indexed by word size, replaces class lookup and list walk for sizes up to 1024 bytes.
include allocator/phases/phase0.mk
FEATURES += direct_cache
