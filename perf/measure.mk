# The measuring parts: liblab-measure.a is linked into every workload program, liblab-plan.a (hwloc, libpfm4) into
# lab-resolve and the harness, never into a measured process.

MEASURE_PARTS := ask clock counters event histogram json kernel_events main options pin proof region sample usage
PLAN_PARTS := event_group events topology pin event
MEASURE_OBJECTS := $(MEASURE_PARTS:%=$(BUILD)/obj/perf/measure/%.o)
PLAN_OBJECTS := $(PLAN_PARTS:%=$(BUILD)/obj/perf/measure/%.o)
MEASURE_LIBRARY := $(BUILD)/lib/liblab-measure.a
PLAN_LIBRARY := $(BUILD)/lib/liblab-plan.a
PLAN_LIBS := -lhwloc -lpfm

$(BUILD)/obj/perf/measure/%.o: perf/measure/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) -fPIE $(CFLAGS) -I. -c $< -o $@

$(MEASURE_LIBRARY): $(MEASURE_OBJECTS)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

-include $(wildcard $(BUILD)/obj/perf/measure/*.d)
