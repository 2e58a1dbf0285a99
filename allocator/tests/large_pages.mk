# The tests of the newest phase on a system with pages of 64 KiB (large_pages.c says how).  A sanitizer has wrappers of
# its own around the same calls.
ifeq ($(SANITIZER),)
comma := ,
LARGE_PAGE_TESTS := test_interface test_large test_pages test_roomy test_sparse test_stress test_threads
LARGE_PAGE_WRAPS := $(patsubst %,-Wl$(comma)--wrap=%,mmap munmap mprotect madvise mremap mincore sysconf)

# $(1) test, $(2) variant
define large_page_test
$(BUILD)/test/large_pages-$(1)-$(2): allocator/tests/$(1).c allocator/tests/large_pages.c $(BUILD)/lib/libhakmem-$(2).a
	@mkdir -p $$(@D)
	$$(call say,CCLD,$$@)
	$$(Q)$$(CC) $$(BASE_CFLAGS) $$(CFLAGS) -fno-builtin -I. $$(call feature_defines,$$(features_$(2))) \
	    -DHAKMEM_COUNT=0 -DHAKMEM_OVERRIDE=$$(ALLOCATOR_OVERRIDE) -o $$@ $$(filter %.c %.a,$$^) $(LARGE_PAGE_WRAPS) \
	    $$(CMOCKA) -pthread
TEST_PROGRAMS += $(BUILD)/test/large_pages-$(1)-$(2)
endef
$(foreach v,phase0 $(NEWEST),$(foreach t,$(LARGE_PAGE_TESTS),$(eval $(call large_page_test,$(t),$(v)))))
endif
