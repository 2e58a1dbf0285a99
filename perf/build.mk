# The driver: build/bin/harness, and its tests.
-include perf/measure.mk

HARNESS := $(BUILD)/bin/harness
HARNESS_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard perf/driver/*.c))
HARNESS_LIBS := -ljansson -lgsl -lgslcblas -lelf -lm

$(BUILD)/obj/perf/driver/%.o: perf/driver/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -I. -c $< -o $@

$(HARNESS): $(HARNESS_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $^ $(HARNESS_LIBS) -o $@

ALL += $(HARNESS)

# Everything that the harness needs in order to run, and where it then is; ./harness asks for both.
.PHONY: lab-build lab-path
lab-build: all
	@:
lab-path:
	@echo $(HARNESS)

-include $(wildcard $(BUILD)/obj/perf/driver/*.d)
