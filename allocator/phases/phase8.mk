# Phase 8: a magazine of block addresses for each class in front of the pages: malloc and free touch neither the block
# nor its page, whoever owns it; what overflows goes back in batches.
include allocator/phases/phase7.mk
FEATURES += magazines
