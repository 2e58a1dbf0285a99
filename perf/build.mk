# The driver: build/bin/harness, and its tests.
-include perf/measure.mk
-include perf/lanes.mk
-include perf/program.mk
-include perf/recorder.mk

HARNESS := $(BUILD)/bin/harness
HARNESS_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard perf/driver/*.c))
HARNESS_LIBS := -ljansson -lcapstone -lelf -lm

$(BUILD)/obj/perf/driver/%.o: perf/driver/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -I. -c $< -o $@

# Of the measuring parts it has what reads event groups, nothing that needs hwloc or libpfm4.
$(HARNESS): $(HARNESS_OBJECTS) $(PLAN_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $^ $(HARNESS_LIBS) -o $@

# Which phases there are: lib/ may still hold the libraries of a phase that is none any more.
PHASE_LIST := $(BUILD)/lib/phases

$(PHASE_LIST): perf-always
	@mkdir -p $(@D)
	@echo $(PHASES) | cmp -s - $@ || echo $(PHASES) > $@

.PHONY: perf-always
perf-always:

ALL += $(HARNESS) $(PHASE_LIST)

# Everything that the harness needs in order to run, and where it then is; ./harness asks for both.
.PHONY: lab-build lab-path
lab-build: all
	@:
lab-path:
	@echo $(HARNESS)

-include $(wildcard $(BUILD)/obj/perf/driver/*.d)

# --- an allocator with a slowdown of known size, for selftest -----------------------------------------------------
# Not under a sanitizer, where malloc is not ours to replace.
DELAYED_ALLOCATOR := $(BUILD)/lib/liblab-delay.so

$(BUILD)/obj/perf/inject/%.o: perf/inject/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(ALLOCATOR_CFLAGS) $(CFLAGS) -I. -c $< -o $@

$(DELAYED_ALLOCATOR): $(BUILD)/obj/perf/inject/delay.o $(objects_$(NEWEST))
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(call link_shared,liblab-delay.so) -Wl,-z,muldefs -o $@ $^

ALL += $(if $(SANITIZER),,$(DELAYED_ALLOCATOR))
-include $(wildcard $(BUILD)/obj/perf/inject/*.d)

# --- tests -------------------------------------------------------------------------------------------------------
DRIVER_TESTS := driver_instruction driver_statistics driver_schedule driver_verdict driver_options driver_sampling driver_pool driver_selftest driver_latency driver_lanes
DRIVER_TEST_OBJECTS := $(filter-out %/main.o,$(HARNESS_OBJECTS))

$(BUILD)/obj/perf/tests/driver_%.o: perf/tests/driver_%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -I. -c $< -o $@

$(DRIVER_TESTS:%=$(BUILD)/test/%): $(BUILD)/test/%: $(BUILD)/obj/perf/tests/%.o $(DRIVER_TEST_OBJECTS) \
		$(PLAN_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $^ $(HARNESS_LIBS) -lcmocka -o $@

TEST_PROGRAMS += $(DRIVER_TESTS:%=$(BUILD)/test/%)
PYTEST_DIRS += perf/tests/driver_cli
SANITIZER_PYTEST_DIRS += perf/tests/driver_cli

.SECONDARY: $(DRIVER_TESTS:%=$(BUILD)/obj/perf/tests/%.o)
-include $(wildcard $(BUILD)/obj/perf/tests/driver_*.d)

-include perf/pmu.mk
