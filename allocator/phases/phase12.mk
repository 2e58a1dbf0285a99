# Phase 12: memory that is free is used before memory that was never touched; a large block that realloc makes larger and
# larger has address space behind it to grow into; blocks that another thread freed go home as addresses;
# of larger blocks that were never in use only the bounds are kept; and what would make one call long is done in parts.
include allocator/phases/phase11.mk
FEATURES += borrowed_blocks roomy_spans mailboxes fresh_ranges short_calls
