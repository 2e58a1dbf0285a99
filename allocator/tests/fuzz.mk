# The fuzzer (fuzz/): a short run of every kind is a test; `make fuzz TIME=600` looks for longer.
FUZZ_VARIANTS := $(filter $(if $(SANITIZER),,phase0 phase3 phase5) $(NEWEST),$(VARIANTS)) $(if $(filter address thread,$(SANITIZER)),,secure)
fuzz_sources := allocator/tests/fuzz/model.c allocator/tests/fuzz/driver.c
fuzz_corpus := allocator/tests/fuzz/corpus
TIME ?= 60

# $(1) variant
define fuzz_test
$(BUILD)/test/fuzz-driver-$(1): $(fuzz_sources) allocator/tests/fuzz/model.h $(BUILD)/lib/libhakmem-$(1).a
	@mkdir -p $$(@D)
	$$(call say,CCLD,$$@)
	$$(Q)$$(CC) $$(BASE_CFLAGS) $$(CFLAGS) -fno-builtin -I. -o $$@ $(fuzz_sources) $(BUILD)/lib/libhakmem-$(1).a -pthread
$(BUILD)/test/fuzz-$(1): $(BUILD)/test/fuzz-driver-$(1)
	$$(Q)printf '#!/bin/sh\n%s --runs 30 %s && exec %s --runs 30 --threads 3\n' \
	    '$$(CURDIR)/$$<' '$(CURDIR)/$(fuzz_corpus)' '$$(CURDIR)/$$<' >$$@
	$$(Q)chmod +x $$@
TEST_PROGRAMS += $(BUILD)/test/fuzz-$(1)
endef
$(foreach v,$(FUZZ_VARIANTS),$(eval $(call fuzz_test,$(v))))

# valgrind brings no malloc to these, and runs programs of this machine only.
ifeq ($(SANITIZER)$(FOREIGN_ROOT),)
$(BUILD)/test/fuzz-memcheck: $(BUILD)/test/fuzz-driver-$(NEWEST) allocator/tests/fuzz/memcheck.sh
	$(Q)printf '#!/bin/sh\nexec %s %s %s\n' '$(CURDIR)/allocator/tests/fuzz/memcheck.sh' '$(CURDIR)/$<' \
	    '$(CURDIR)/$(fuzz_corpus)' >$@
	$(Q)chmod +x $@
TEST_PROGRAMS += $(BUILD)/test/fuzz-memcheck
endif

# libFuzzer needs clang; everything is compiled for it, since it sees only code that it has instrumented.
FUZZ_BUILD := build/fuzz
fuzz_flags := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
.PHONY: fuzz
fuzz: $(BUILD)/test/fuzz-driver-$(NEWEST) ## look for broken promises of malloc for TIME seconds (60), with threads and with libFuzzer
	$(Q)$(setup) --test --sanitizers
	$(Q)$(BUILD)/test/fuzz-driver-$(NEWEST) --seconds $$(($(TIME) / 2)) --threads 4 --seed $$(date +%s) $(fuzz_corpus)
	$(Q)mkdir -p $(FUZZ_BUILD)/corpus
	$(Q)clang -std=gnu11 -O1 -g $(fuzz_flags) $(ALLOCATOR_CFLAGS) $(call feature_defines,$(features_$(NEWEST))) \
	    -DHAKMEM_COUNT=0 -DHAKMEM_OVERRIDE=0 -DHAKMEM_VERSION='"$(VERSION)"' -DHAKMEM_VARIANT_STRING='"fuzz"' -I. \
	    -o $(FUZZ_BUILD)/fuzz $(ALLOCATOR_SOURCES) allocator/tests/fuzz/model.c allocator/tests/fuzz/libfuzzer.c
	$(Q)$(FUZZ_BUILD)/fuzz -max_total_time=$$(($(TIME) - $(TIME) / 2)) -max_len=4096 -len_control=0 -print_final_stats=1 \
	    -artifact_prefix=$(FUZZ_BUILD)/ $(FUZZ_BUILD)/corpus $(fuzz_corpus)
	$(Q)echo 'make fuzz: nothing found; inputs that reached new code: $(FUZZ_BUILD)/corpus'
