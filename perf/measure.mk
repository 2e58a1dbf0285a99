# The measuring parts: liblab-measure.a is linked into every workload program, liblab-plan.a (hwloc, libpfm4) into
# lab-resolve and the harness, never into a measured process.

MEASURE_PARTS := ask clock counters counts event histogram json kernel_events main options own_time pin proof record region sample switched usage
PLAN_PARTS := ask caches event event_group events kernel_events pin topology
MEASURE_OBJECTS := $(MEASURE_PARTS:%=$(BUILD)/obj/perf/measure/%.o)
PLAN_OBJECTS := $(PLAN_PARTS:%=$(BUILD)/obj/perf/measure/%.o)
MEASURE_LIBRARY := $(BUILD)/lib/liblab-measure.a
PLAN_LIBRARY := $(BUILD)/lib/liblab-plan.a
PLAN_LIBS := -lhwloc -lpfm
CALLGRIND_HEADER := $(firstword $(foreach folder,$(subst :, ,$(CPATH)) /usr/include /usr/local/include,\
	$(wildcard $(folder)/valgrind/callgrind.h)))
MEASURE_CFLAGS := $(if $(CALLGRIND_HEADER),-DLAB_HAVE_CALLGRIND)

$(BUILD)/obj/perf/measure/%.o: perf/measure/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) -fPIE $(MEASURE_CFLAGS) $(CFLAGS) -I. -c $< -o $@

$(MEASURE_LIBRARY): $(MEASURE_OBJECTS)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(PLAN_LIBRARY): $(PLAN_OBJECTS)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

LAB_RESOLVE := $(BUILD)/bin/lab-resolve

$(LAB_RESOLVE): $(BUILD)/obj/perf/measure/resolve.o $(PLAN_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -pie $^ $(PLAN_LIBS) -o $@

# The groups stand beside the programs as well, where lab-resolve looks for them.
GROUP_FILES := $(patsubst perf/groups/%,$(BUILD)/groups/%,$(wildcard perf/groups/*.txt))

$(BUILD)/groups/%.txt: perf/groups/%.txt
	@mkdir -p $(@D)
	$(call say,CP,$@)
	$(Q)cp $< $@

ALL += $(LAB_RESOLVE) $(GROUP_FILES)

# --- tests -------------------------------------------------------------------------------------------------------
MEASURE_TESTS := $(patsubst perf/tests/%.c,$(BUILD)/tests/%,$(filter-out %fake_events.c,$(wildcard perf/tests/measure_*.c)))

$(BUILD)/obj/perf/tests/measure_%.o: perf/tests/measure_%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) -fPIE $(CFLAGS) -I. -c $< -o $@

$(BUILD)/tests/measure_%: $(BUILD)/obj/perf/tests/measure_%.o $(BUILD)/obj/perf/tests/measure_fake_events.o \
		$(MEASURE_LIBRARY) $(PLAN_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -pie $^ $(PLAN_LIBS) -lcmocka -o $@

TEST_PROGRAMS += $(MEASURE_TESTS)
.SECONDARY: $(patsubst perf/tests/%.c,$(BUILD)/obj/perf/tests/%.o,$(wildcard perf/tests/measure_*.c))

-include $(wildcard $(BUILD)/obj/perf/measure/*.d $(BUILD)/obj/perf/tests/measure_*.d)
