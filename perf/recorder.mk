# The recorder: preloaded into a program, it writes its sizes and lifetimes as a profile; scripts/record-profile calls it.
# Never sanitized: the programs are not ours, and a sanitizer brings its own malloc.
RECORDER := $(BUILD)/lib/liblab-recorder.so
RECORDER_OBJECTS := $(patsubst %.c,$(BUILD)/obj/recorder/%.o,$(wildcard perf/recorder/*.c))

$(BUILD)/obj/recorder/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) -fPIC -fvisibility=hidden -fno-builtin $(PROGRAM_CFLAGS) -I. -c $< -o $@

$(RECORDER): $(RECORDER_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(PROGRAM_CFLAGS) -shared -pthread -Wl,-soname,$(@F) $^ -ldl -o $@

ALL += $(RECORDER)
-include $(wildcard $(BUILD)/obj/recorder/perf/recorder/*.d)
