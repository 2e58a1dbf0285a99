# Whole programs under an allocator: lab-program, which runs one, and the witness that it preloads before the allocator.
# Neither is ever sanitized: the programs are not ours, and a sanitizer brings its own malloc.

LAB_PROGRAM := $(BUILD)/bin/lab-program
LAB_WITNESS := $(BUILD)/lib/liblab-witness.so
PROGRAM_CFLAGS := $(filter-out -fsanitize%,$(CFLAGS))
PROGRAM_OBJECTS := $(patsubst %,$(BUILD)/obj/program/%.o,perf/program/main perf/program/launch perf/program/tree \
	perf/program/testimony perf/program/counted $(addprefix perf/measure/,ask counters event json kernel_events pin record))
WITNESS_OBJECTS := $(patsubst %,$(BUILD)/obj/program/%.o,perf/program/witness perf/measure/proof)

$(BUILD)/obj/program/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) -fPIC -fvisibility=hidden $(PROGRAM_CFLAGS) -I. -c $< -o $@

$(LAB_PROGRAM): $(PROGRAM_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(PROGRAM_CFLAGS) -pie -pthread $^ -o $@

$(LAB_WITNESS): $(WITNESS_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(PROGRAM_CFLAGS) -shared -Wl,-soname,$(@F) $^ -ldl -o $@

ALL += $(LAB_PROGRAM) $(LAB_WITNESS)
-include $(wildcard $(BUILD)/obj/program/perf/*/*.d)
