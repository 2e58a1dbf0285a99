# make test-pmu: the counters on a real kernel with a real (emulated) PMU, for machines that have none themselves.
#
#   build/arm64/root                        arm64 kernel and libraries (scripts/fetch-arm64)
#   build/flavour/aarch64-linux-gnu-gcc     the lab, cross-built
#   perf/tests/pmu                          init and a test program for that machine, and the pytest that boots it
#
# Not part of `make test`: it installs an emulator (some 300 MB) and downloads a kernel.

CROSS_CC := aarch64-linux-gnu-gcc
CROSS_ROOT := build/arm64/root
CROSS_BUILD := build/flavour/$(CROSS_CC)
# Entering make again for the other processor, whatever CC and CFLAGS this make has.
cross_make = $(MAKE) $(remake_flags) CC=$(CROSS_CC) CFLAGS= FOREIGN_ROOT=$(CROSS_ROOT)

PMU_PROGRAMS := $(BUILD)/test/pmu_init $(BUILD)/test/pmu_counts

$(BUILD)/test/pmu_init: perf/tests/pmu/init.c
	@mkdir -p $(@D) $(BUILD)/obj/perf/tests
	$(call say,CCLD,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -MF $(BUILD)/obj/perf/tests/pmu_init.d -static $< -o $@

$(BUILD)/test/pmu_counts: perf/tests/pmu/pmu_counts.c $(MEASURE_LIBRARY)
	@mkdir -p $(@D) $(BUILD)/obj/perf/tests
	$(call say,CCLD,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -MF $(BUILD)/obj/perf/tests/pmu_counts.d -I. $^ -lcmocka -pthread -o $@

# What the machine runs.
.PHONY: pmu-programs test-pmu
pmu-programs: $(PMU_PROGRAMS) $(LAB_RESOLVE) $(GROUP_FILES) $(HARNESS) $(PHASE_LIST) \
		$(BUILD)/bin/bench_random_mixed_system $(BUILD)/lib/libhakmem-$(NEWEST).so $(LAB_PROGRAM) $(LAB_WITNESS)
	@:

test-pmu: ## the counters on an emulated arm64 machine that has a PMU: fetches its kernel, boots it
	$(call check_switch,NO_SETUP)
	$(Q)$(setup) --test --arm
	$(Q)scripts/fetch-arm64 $(dir $(CROSS_ROOT))
	$(Q)$(cross_make) pmu-programs
	$(Q)$(test_environment) FOREIGN_BUILD=$(CROSS_BUILD) FOREIGN_ROOT=$(CROSS_ROOT) \
		scripts/run-tests --logs $(BUILD)/test-logs --pytest perf/tests/pmu

-include $(wildcard $(BUILD)/obj/perf/tests/pmu_*.d)
