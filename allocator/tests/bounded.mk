# Memory over time (bounded/): `make bounded` draws every allocator's; a short run of hakmem alone is a test.
BOUNDED_SECONDS ?= 4
bounded_sources := $(addprefix allocator/tests/bounded/,bounded.c scenarios.c)
bounded_folder := $(BUILD)/bounded

$(BUILD)/test/bounded: $(bounded_sources) allocator/tests/bounded/scenario.h
	@mkdir -p $(@D)
	$(call say,CCLD,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -fno-builtin -I. -o $@ $(bounded_sources) -pthread

.PHONY: bounded
bounded: ## resident memory over time of every allocator found, as a table and an SVG; BOUNDED_SECONDS=4 each
	$(Q)$(setup) --peers
	$(Q)$(MAKE) $(remake_flags) all $(BUILD)/test/bounded
	$(Q)"$$(scripts/find-python)" scripts/bounded --program $(BUILD)/test/bounded --seconds $(BOUNDED_SECONDS) \
	    --out $(bounded_folder)

ifeq ($(SANITIZER),)
$(BUILD)/test/bounded-hakmem: $(BUILD)/test/bounded scripts/bounded $(BUILD)/lib/libhakmem.so
	$(Q)printf '#!/bin/sh\nexec python3 %s --program %s --scenario after_peak --no-chart hakmem\n' \
	    '$(CURDIR)/scripts/bounded' '$(CURDIR)/$(BUILD)/test/bounded' >$@
	$(Q)chmod +x $@
TEST_PROGRAMS += $(BUILD)/test/bounded-hakmem
endif
