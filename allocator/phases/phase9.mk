# Phase 9: magazines for blocks of 8 to 64 KiB as well, and for large spans a few spares in each thread; large blocks
# start at different places of their spans, so that they do not compete for the same sets of the caches;
# and blocks of 2 to 32 MiB are spans as well, whose memory is kept for a while.  What that
# gains pays for a look at the block freed last, which stops the commonest double free.
include allocator/phases/phase8.mk
FEATURES += medium_magazines spare_spans coloured_spans long_spans double_free_check
