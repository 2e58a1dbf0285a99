# Phase 5: a thread-local list head for each size class; malloc touches no page and no counter, and one count-down in
# free covers both "a dry page has a block again" and "the page is empty".
include allocator/phases/phase4.mk
FEATURES += local_heads
