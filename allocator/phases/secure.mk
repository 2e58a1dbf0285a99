# hakmem-secure: the newest phase, hardened.  Links in free blocks are encoded and checked, blocks are made in a random
# order, and guards find second frees, interior pointers and overflows (guard.h).
include allocator/phases/$(NEWEST).mk
FEATURES += encoded_links random_order guards
