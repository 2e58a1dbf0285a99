# The allocator on another processor and with another C library.  The newest phase and the baseline; each target enters
# make again with another compiler, whose flavour has a build folder of its own.
# Included last: what there is to be tested is known then.
#
#   make test-aarch64   cross-built, single programs under qemu-user
#   make test-musl      built with musl-gcc; tests/musl/cmocka.h stands in for cmocka

PORTABLE_VARIANTS := phase0 $(NEWEST)
portable_tests = $(foreach v,$(PORTABLE_VARIANTS),$(filter %-$(v),$(filter-out $(1),$(TEST_PROGRAMS))))

# --- aarch64 -----------------------------------------------------------------------------------------------------
# qemu-user keeps a record for each page that a program reserves, so that the whole region would take all memory of the
# machine: -R leaves 64 GiB of addresses, and the region takes a lower rung of its ladder.  Left out: test_fork, because
# qemu-user cannot fork a program with threads (an assertion of its own); test_bounded, because the resident memory that
# it reads there is the emulator's; faults and fuzzing, which are hundreds of processes; preload and drop-in, which start
# programs of this machine.
AARCH64_LEFT_OUT := $(addprefix $(BUILD)/test/,test_fork-% test_bounded-% faults-% preload-% dropin% fuzz%)
AARCH64_EMULATOR = qemu-aarch64 -R 0x1000000000 -L /usr/aarch64-linux-gnu \
    -E LD_LIBRARY_PATH=$(FOREIGN_ROOT)/usr/lib/aarch64-linux-gnu
AARCH64_TESTS = $(call portable_tests,$(AARCH64_LEFT_OUT)) $(filter $(BUILD)/tests/measure_%,$(TEST_PROGRAMS))

.PHONY: test-aarch64 run-aarch64-tests
test-aarch64: ## the allocator's tests, cross-built for arm64, under qemu-user
	$(call check_switch,NO_SETUP)
	$(Q)$(setup) --test --arm
	$(Q)scripts/fetch-arm64 $(dir $(CROSS_ROOT))
	$(Q)$(cross_make) run-aarch64-tests

run-aarch64-tests: $(AARCH64_TESTS)
	$(Q)$(test_environment) scripts/run-tests --logs $(BUILD)/test-logs --jobs $$(nproc) --timeout 600 \
		--emulator '$(AARCH64_EMULATOR)' $(AARCH64_TESTS)

# --- musl --------------------------------------------------------------------------------------------------------
# musl has no coroutines for protocol (makecontext), and no C++ library for drop-in; preload would start programs of
# the other C library.  faults needs a process that has not allocated, and musl's pthread_atfork does at its start.
MUSL_LEFT_OUT := $(addprefix $(BUILD)/test/,protocol-% faults-% preload-% dropin% fuzz%)
MUSL_TESTS = $(call portable_tests,$(MUSL_LEFT_OUT))

.PHONY: test-musl run-musl-tests
test-musl: ## the allocator's tests, built with musl-gcc
	$(call check_switch,NO_SETUP)
	$(Q)$(setup) --test --musl
	$(Q)$(MAKE) $(remake_flags) CC=musl-gcc CFLAGS= CMOCKA='-isystem allocator/tests/musl' run-musl-tests

run-musl-tests: $(MUSL_TESTS) $(BUILD)/lib/libhakmem-$(NEWEST).so
	$(Q)$(test_environment) scripts/run-tests --logs $(BUILD)/test-logs --jobs $$(nproc) $(MUSL_TESTS)
