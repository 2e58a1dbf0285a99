# Builds for --relink: the same objects, linked in another order, so that all code lies elsewhere and aligned otherwise.
#
#   relink/K/lib/libhakmem-phaseN.so    the allocator's objects in order K
#   relink/K/bin/bench_<w>_system       the workload's object and those of liblab-measure.a in order K
#   relink/K/bin/bench_<w>_phaseN       all of these in order K
#
# No part of `all`: the harness asks for what a run needs.
RELINK_ORDERS := 1 2 3 4 5 6 7 8

# $(1) K, $(2) objects: the objects in order K, the same one wherever awk is the same
relink_shuffle = $$(printf '%s\n' $(2) | \
    awk -v seed=$(1) 'BEGIN { srand(seed) } { printf "%.9f %s\n", rand(), $$0 }' | LC_ALL=C sort | cut -d' ' -f2)

# $(1) K
define RELINK_RULES
$$(BUILD)/relink/$(1)/bin/bench_%_system: $$(BUILD)/obj/workloads/%.o $$(MEASURE_OBJECTS)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(WORKLOAD_LINK) $$(call relink_shuffle,$(1),$$^) -o $$@

$$(foreach v,$$(VARIANTS),$$(eval $$(call RELINK_VARIANT_RULES,$(1),$$(v))))
endef

# $(1) K, $(2) variant
define RELINK_VARIANT_RULES
$(BUILD)/relink/$(1)/lib/libhakmem-$(2).so: $(objects_$(2))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(call link_shared,$$(call soname,$(2))) -o $$@ $$(call relink_shuffle,$(1),$$^)

$(BUILD)/relink/$(1)/bin/bench_%_$(2): $(VARIANT_OBJECTS)/%.o $(MEASURE_OBJECTS) $(objects_$(2))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(WORKLOAD_LINK) $$(call relink_shuffle,$(1),$$^) $$(call export_version,hakmem_version_string) -o $$@
endef

$(foreach k,$(RELINK_ORDERS),$(eval $(call RELINK_RULES,$(k))))
