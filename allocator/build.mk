# The allocator: one source tree, compiled once for each variant with that variant's features.
#
#   phases/phaseN.mk      the features of phase N (each includes the one before it and adds its own)
#   lib/libhakmem-V.a     one relocatable object, so that a program takes all of malloc or none of it
#   lib/libhakmem-V.so    for LD_PRELOAD and dynamic linking

ALL_FEATURES := direct_cache dual_lists branch_hints packed_flags large_spans local_heads \
    watermark_purge resize_in_place zero_knowledge magazines medium_magazines spare_spans coloured_spans long_spans \
    double_free_check home_zones parked_heaps long_magazines coloured_pages growing_spans sparse_blocks borrowed_blocks \
    roomy_spans mailboxes fresh_ranges short_calls encoded_links random_order guards

# The macro of a feature: direct_cache -> HAKMEM_USE_DIRECT_CACHE
feature_macro = HAKMEM_USE_$(shell echo $(1) | tr a-z A-Z)
$(foreach f,$(ALL_FEATURES),$(eval macro_$(f) := $(call feature_macro,$(f))))

# -D for every feature: 1 if it is in the list $(1), else 0.
feature_defines = $(foreach f,$(ALL_FEATURES),-D$(macro_$(f))=$(if $(filter $(f),$(1)),1,0))

ALLOCATOR_SOURCES := $(wildcard allocator/*.c)
ALLOCATOR_CFLAGS := -fPIC -fvisibility=hidden -ftls-model=initial-exec -fno-builtin-malloc -fexceptions -pthread
# Sanitizers bring a malloc of their own: there, only the hakmem_ names exist.
ALLOCATOR_OVERRIDE := $(if $(SANITIZER),0,1)

# $(1) variant
soname = libhakmem-$(1).so
# $(1) soname
link_shared = $(CC) $(CFLAGS) -shared -Wl,--version-script=allocator/hakmem.map -Wl,-Bsymbolic-functions \
    -Wl,--dynamic-list=allocator/cxx_plain.list -Wl,-z,now,-z,initfirst,-z,nodelete -Wl,-soname,$(1) -pthread

# $(1) variant, $(2) its features, $(3) HAKMEM_COUNT
define allocator_variant
features_$(1) := $(2)
objects_$(1) := $$(ALLOCATOR_SOURCES:allocator/%.c=$(BUILD)/obj/$(1)/%.o)

$(BUILD)/obj/$(1)/%.o: allocator/%.c Makefile allocator/build.mk
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(Q)$$(CC) $$(BASE_CFLAGS) $$(ALLOCATOR_CFLAGS) $$(CFLAGS) $$(call feature_defines,$(2)) -DHAKMEM_COUNT=$(3) \
	    -DHAKMEM_OVERRIDE=$$(ALLOCATOR_OVERRIDE) '-DHAKMEM_VARIANT_STRING="$(1)$(if $(strip $(2)), $(strip $(2)))"' \
	    -c -o $$@ $$<

$(BUILD)/obj/$(1)/hakmem.o: $$(objects_$(1))
	$$(call say,LD,$$@)
	$$(Q)$$(LD) -r -o $$@ $$^

$(BUILD)/lib/libhakmem-$(1).a: $(BUILD)/obj/$(1)/hakmem.o
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$<

$(BUILD)/lib/libhakmem-$(1).so: $$(objects_$(1)) allocator/hakmem.map allocator/cxx_plain.list
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(call link_shared,$(call soname,$(1))) -o $$@ $$(objects_$(1))

-include $$(objects_$(1):.o=.d)
endef

# $(1) variant, $(2) its features: the timed build and the counting build.
define allocator_variant_pair
$(call allocator_variant,$(1),$(2),0)
$(call allocator_variant,$(1)-count,$(2),1)
endef

$(foreach n,$(PHASES),\
  $(eval include allocator/phases/phase$(n).mk)\
  $(eval phase_features_$(n) := $(strip $(FEATURES)))\
  $(eval $(call allocator_variant_pair,phase$(n),$(phase_features_$(n)))))

# Variants that are no phase.
EXTRA_VARIANTS := secure
$(foreach v,$(EXTRA_VARIANTS),\
  $(eval include allocator/phases/$(v).mk)\
  $(eval $(call allocator_variant_pair,$(v),$(strip $(FEATURES)))))

include allocator/ablation.mk

# The newest phase under the product's name.  In its archive only the interface is global, so that no name of a program
# clashes with an inner one; the shared library has a version in its name.
SOVERSION := $(firstword $(subst ., ,$(VERSION)))
$(BUILD)/lib/libhakmem.a: $(BUILD)/obj/$(NEWEST)/hakmem.o
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && objcopy --localize-hidden $< $(@D)/hakmem.o && ar rcs $@ $(@D)/hakmem.o && rm $(@D)/hakmem.o
$(BUILD)/lib/libhakmem.so: $(objects_$(NEWEST)) allocator/hakmem.map allocator/cxx_plain.list
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(call link_shared,libhakmem.so.$(SOVERSION)) -o $@ $(objects_$(NEWEST))
	$(Q)ln -sf libhakmem.so $@.$(SOVERSION)

ALLOCATOR_LIBS := $(foreach v,$(VARIANTS) $(EXTRA_VARIANTS),$(BUILD)/lib/libhakmem-$(v).a $(BUILD)/lib/libhakmem-$(v).so) \
    $(BUILD)/lib/libhakmem.a $(BUILD)/lib/libhakmem.so
ALL += $(ALLOCATOR_LIBS)

-include allocator/tests/build.mk
-include allocator/tests/dropin.mk
-include allocator/tests/fuzz.mk
-include allocator/tests/large_pages.mk
-include allocator/tests/bounded.mk
