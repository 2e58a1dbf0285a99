# Tests of the allocator: every test program once for every variant, linked with that variant's archive.

# What tests are linked with; another C library needs another one.
CMOCKA ?= -lcmocka

ALLOCATOR_TESTS := $(patsubst allocator/tests/%.c,%,$(wildcard allocator/tests/test_*.c))

# $(1) test, $(2) variant
define allocator_test
$(BUILD)/test/$(1)-$(2): allocator/tests/$(1).c $(BUILD)/lib/libhakmem-$(2).a
	@mkdir -p $$(@D)
	$$(call say,CCLD,$$@)
	$$(Q)$$(CC) $$(BASE_CFLAGS) $$(CFLAGS) -fno-builtin -I. $$(call feature_defines,$$(features_$(2))) -DHAKMEM_COUNT=0 \
	    -DHAKMEM_OVERRIDE=$$(ALLOCATOR_OVERRIDE) -o $$@ $$< $(BUILD)/lib/libhakmem-$(2).a $$(CMOCKA) -pthread
TEST_PROGRAMS += $(BUILD)/test/$(1)-$(2)
-include $(BUILD)/test/$(1)-$(2).d
endef

$(foreach t,$(ALLOCATOR_TESTS),$(foreach v,$(VARIANTS),$(eval $(call allocator_test,$(t),$(v)))))
# The tests that hold for a variant whose blocks are not just of their class's size.
EXTRA_TESTS := test_interface test_misuse test_model test_stress test_threads test_fork
$(foreach t,$(if $(filter address thread,$(SANITIZER)),,$(EXTRA_TESTS)),$(foreach v,$(EXTRA_VARIANTS),$(eval $(call allocator_test,$(t),$(v)))))

# The protocol explorer holds the allocator's own sources (protocol.c); coroutines and sanitizers do not mix.
ifeq ($(SANITIZER),)
define protocol_test
$(BUILD)/test/protocol-$(1): allocator/tests/protocol.c allocator/tests/explorer.c
	@mkdir -p $$(@D)
	$$(call say,CCLD,$$@)
	$$(Q)$$(CC) $$(BASE_CFLAGS) -Wno-unused-function $$(CFLAGS) -I. $$(call feature_defines,$$(features_$(1))) \
	    -DHAKMEM_COUNT=0 -DHAKMEM_OVERRIDE=0 -o $$@ allocator/tests/protocol.c allocator/tests/explorer.c $$(CMOCKA) -pthread
TEST_PROGRAMS += $(BUILD)/test/protocol-$(1)
-include $(BUILD)/test/protocol-$(1).d
endef
$(foreach v,$(VARIANTS),$(if $(filter dual_lists,$(features_$(v))),$(eval $(call protocol_test,$(v)))))
endif

# The shared library under real programs, and its symbols.  A sanitizer's library defines no malloc to preload.
ifeq ($(SANITIZER),)
define preload_test
$(BUILD)/test/preload-$(1): allocator/tests/preload.sh $(BUILD)/lib/libhakmem-$(1).so
	@mkdir -p $$(@D)
	$$(Q)printf '#!/bin/sh\nexec %s %s\n' '$$(CURDIR)/$$<' '$$(CURDIR)/$(BUILD)/lib/libhakmem-$(1).so' > $$@
	$$(Q)chmod +x $$@
TEST_PROGRAMS += $(BUILD)/test/preload-$(1)
endef
$(foreach v,$(VARIANTS),$(eval $(call preload_test,$(v))))
endif

# Every system call fails in turn: the variant's objects with an os.c that fails on order.
FAULT_VARIANTS := $(if $(filter thread,$(SANITIZER)),,$(filter $(if $(SANITIZER),,phase0) $(NEWEST),$(VARIANTS)))
define faults_test
$(BUILD)/test/faults-$(1): allocator/tests/faults.c allocator/tests/os_faulty.c $(filter-out %/os.o,$(objects_$(1)))
	@mkdir -p $$(@D)
	$$(call say,CCLD,$$@)
	$$(Q)$$(CC) $$(BASE_CFLAGS) $$(CFLAGS) -fno-builtin -I. $$(call feature_defines,$$(features_$(1))) -DHAKMEM_COUNT=0 \
	    -DHAKMEM_OVERRIDE=$$(ALLOCATOR_OVERRIDE) -o $$@ $$(filter allocator/tests/%.c %.o,$$^) -pthread
TEST_PROGRAMS += $(BUILD)/test/faults-$(1)
-include $(BUILD)/test/faults-$(1).d
endef
$(foreach v,$(FAULT_VARIANTS),$(eval $(call faults_test,$(v))))
