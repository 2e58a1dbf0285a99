# Phase 10: each thread takes spans from zones of its own, so that it does not get memory that is still in another core's
# cache; and a thread that ends leaves its heap as it is to the next one.
include allocator/phases/phase9.mk
FEATURES += home_zones parked_heaps
