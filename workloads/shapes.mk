# Shapes (shapes/): one program that runs one of them; `make shapes` compares every allocator found on all of them.
SHAPES_ROUNDS ?= 7
SHAPES := $(BUILD)/bin/shapes
SHAPE_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard workloads/shapes/*.c))

$(SHAPES): $(SHAPE_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(WORKLOAD_LINK) $^ -o $@

ALL += $(SHAPES)

.PHONY: shapes
shapes: ## CPU time and peak memory of every allocator found on other shapes than the workloads'; SHAPES_ROUNDS=7
	$(Q)$(setup) --peers
	$(Q)$(MAKE) $(remake_flags) all
	$(Q)"$$(scripts/find-python)" scripts/shapes --program $(SHAPES) --rounds $(SHAPES_ROUNDS) --out $(BUILD)/shapes
