# The longest call (longest/): one program that plays one scene; `make longest` plays all of them under every allocator found.
LONGEST_ROUNDS ?= 7
LONGEST := $(BUILD)/bin/longest
LONGEST_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard workloads/longest/*.c))

$(LONGEST): $(LONGEST_OBJECTS) $(WORKLOAD_LIBS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(WORKLOAD_LINK) $^ -o $@

ALL += $(LONGEST)

.PHONY: longest
longest: ## the longest single call of every allocator found, in scenes where some have much to do at once; LONGEST_ROUNDS=7
	$(Q)$(setup) --peers
	$(Q)$(MAKE) $(remake_flags) all
	$(Q)"$$(scripts/find-python)" scripts/longest --program $(LONGEST) --rounds $(LONGEST_ROUNDS)

-include $(wildcard $(BUILD)/obj/workloads/longest/*.d)
