# Phase 7: large blocks are resized where they are (spans grow into free slices, huge blocks move by mremap), and
# calloc does not clear memory that nobody has touched.
include allocator/phases/phase6.mk
FEATURES += resize_in_place zero_knowledge
