# The lanes that need no performance counters: what `harness census` single-steps.

CENSUS_TARGET := $(BUILD)/bin/lab-census-target

# Never sanitized: it is to call the allocator that is preloaded, and a sanitizer brings its own.
LANE_CFLAGS := $(filter-out -fsanitize%,$(CFLAGS))
LANE_BUILTINS := -fno-builtin-malloc -fno-builtin-free -fno-builtin-calloc -fno-builtin-realloc

$(CENSUS_TARGET): perf/measure/census_target.c
	@mkdir -p $(@D) $(BUILD)/obj/perf/measure
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) -fPIE $(LANE_BUILTINS) $(LANE_CFLAGS) -I. -MF $(BUILD)/obj/perf/measure/census_target.d -pie -pthread $< -o $@ -ldl

ALL += $(CENSUS_TARGET)

# What cannot be simulated says so.
$(BUILD)/obj/perf/driver/simulator.o: BASE_CFLAGS += -DLAB_SANITIZER='"$(SANITIZER)"'
