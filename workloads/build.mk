# The workload programs: bench_<workload>_<variant>.
#
#   bench_<w>_system   no allocator linked: libc's malloc, or that of LD_PRELOAD; the one binary for all comparisons
#   bench_<w>_phaseN   hakmem's phase N linked statically
#   bench_<w>_hakx     the newest phase
#   bench_<w>_floor    the loop with the least work that any malloc could do
#   bench_<w>_live     as _system, and says how many bytes are live;   bench_<w>_latency   times single calls
#
# -fno-builtin: without it a compiler may drop a malloc and its free together.
WORKLOADS := random_mixed tiny_hot fragment_stress mid_large mid_large_mt remote_free thread_churn

WORKLOAD_CFLAGS := -fPIE -fno-builtin-malloc -fno-builtin-free -fno-builtin-calloc -fno-builtin-realloc
WORKLOAD_LINK = $(CC) $(CFLAGS) -pie -pthread
WORKLOAD_LIBS := $(MEASURE_LIBRARY)
export_version = -Wl,--undefined=$(1) -Wl,--export-dynamic-symbol=$(1)

$(BUILD)/obj/workloads/%.o: workloads/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(WORKLOAD_CFLAGS) $(CFLAGS) -I. -c $< -o $@

$(BUILD)/bin/bench_%_system: $(BUILD)/obj/workloads/%.o $(WORKLOAD_LIBS)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(WORKLOAD_LINK) $^ -o $@

# --- variants, static --------------------------------------------------------------------------------------------
# Under a sanitizer malloc is the sanitizer's; the archive then has its hakmem_ names alone, and a header makes the
# workload call those.
ifeq ($(SANITIZER),)
VARIANT_OBJECTS := $(BUILD)/obj/workloads
else
VARIANT_OBJECTS := $(BUILD)/obj/workloads/redirect
endif

$(BUILD)/obj/workloads/redirect/%.o: workloads/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(WORKLOAD_CFLAGS) $(CFLAGS) -I. -include allocator/hakmem_redirect.h -c $< -o $@

define VARIANT_RULE
$$(BUILD)/bin/bench_%_$(1): $$(VARIANT_OBJECTS)/%.o $$(WORKLOAD_LIBS) $$(BUILD)/lib/libhakmem-$(1).a
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(WORKLOAD_LINK) $$^ $$(call export_version,hakmem_version_string) -o $$@
endef
$(foreach variant,$(VARIANTS),$(eval $(call VARIANT_RULE,$(variant))))

$(BUILD)/bin/bench_%_hakx: $(BUILD)/bin/bench_%_$(NEWEST)
	$(call say,LN,$@)
	$(Q)ln -sf $(<F) $@

# --- floor -------------------------------------------------------------------------------------------------------
# Not under a sanitizer: it reserves more addresses than one can shadow, and measures nothing there.
$(BUILD)/obj/workloads/floor/%.o: workloads/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(BASE_CFLAGS) $(WORKLOAD_CFLAGS) $(CFLAGS) -I. -include workloads/floor.h -c $< -o $@

floor_scheme = $(if $(filter remote_free,$(1)),floor_ring,floor_lists)

define FLOOR_RULE
$$(BUILD)/bin/bench_$(1)_floor: $$(BUILD)/obj/workloads/floor/$(1).o $$(BUILD)/obj/workloads/$(call floor_scheme,$(1)).o $$(WORKLOAD_LIBS)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(WORKLOAD_LINK) $$^ $$(call export_version,floor_version_string) -o $$@
endef
$(foreach workload,$(WORKLOADS),$(eval $(call FLOOR_RULE,$(workload))))

# --- probes ------------------------------------------------------------------------------------------------------
# The same workload compiled with calls of a probe, which is linked in beside it; no allocator, like _system.
PROBES := live latency
probe_constant = -DPROBE_$(if $(filter live,$(1)),LIVE,LATENCY)=1

define PROBE_RULE
$$(BUILD)/obj/workloads/$(1)/%.o: workloads/%.c
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(Q)$$(CC) $$(BASE_CFLAGS) $$(WORKLOAD_CFLAGS) $(call probe_constant,$(1)) $$(CFLAGS) -I. -c $$< -o $$@

$$(BUILD)/bin/bench_%_$(1): $$(BUILD)/obj/workloads/$(1)/%.o $$(BUILD)/obj/perf/measure/$(1).o $$(WORKLOAD_LIBS)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(WORKLOAD_LINK) $$^ -o $$@
endef
$(foreach probe,$(PROBES),$(eval $(call PROBE_RULE,$(probe))))

# --- all ---------------------------------------------------------------------------------------------------------
BENCH_VARIANTS := $(VARIANTS) $(if $(VARIANTS),hakx) system $(PROBES) $(if $(SANITIZER),,floor)
BENCH_PROGRAMS := $(foreach workload,$(WORKLOADS),$(BENCH_VARIANTS:%=$(BUILD)/bin/bench_$(workload)_%))
ALL += $(BENCH_PROGRAMS)

.SECONDARY: $(foreach workload,$(WORKLOADS),$(BUILD)/obj/workloads/$(workload).o $(BUILD)/obj/workloads/redirect/$(workload).o $(BUILD)/obj/workloads/floor/$(workload).o $(PROBES:%=$(BUILD)/obj/workloads/%/$(workload).o)) $(PROBES:%=$(BUILD)/obj/perf/measure/%.o)

-include $(wildcard $(BUILD)/obj/workloads/*.d $(BUILD)/obj/workloads/*/*.d)

PYTEST_DIRS += workloads/tests
SANITIZER_PYTEST_DIRS += workloads/tests

-include perf/relink.mk
-include workloads/shapes.mk
-include workloads/longest.mk
