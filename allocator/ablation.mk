# Variants that are no phase: a phase without some of its features, and phase 0 with one feature added.
#
#   phase3-without-direct_cache     leave one out
#   phase0-with-dual_lists          add one in, after what it needs
#   WITHOUT="a b" PHASE=3           the same by hand: phase3-without-a-b
#
# They are built on demand (make ablation-variants), never by plain make.

# Which features need which.  hakmem_config.h asserts the same.
needs_packed_flags := dual_lists
needs_local_heads := dual_lists
needs_zero_knowledge := large_spans
needs_magazines := dual_lists local_heads
needs_spare_spans := large_spans
needs_coloured_spans := large_spans
needs_long_spans := large_spans
needs_sparse_blocks := large_spans zero_knowledge
needs_growing_spans := large_spans resize_in_place
needs_roomy_spans := large_spans resize_in_place
needs_double_free_check := dual_lists local_heads magazines
needs_medium_magazines := dual_lists local_heads magazines
needs_long_magazines := dual_lists local_heads magazines
needs_borrowed_blocks := dual_lists local_heads magazines
needs_mailboxes := dual_lists local_heads magazines
needs_fresh_ranges := dual_lists local_heads
needs_short_calls := watermark_purge

# Features of the list $(2) that cannot be without $(1).
dependents = $(strip $(foreach f,$(2),$(if $(filter $(1),$(needs_$(f))),$(f))))
# The name and the features of phase $(1) without the features $(2).
without_name = phase$(1)-without-$(subst $(space),-,$(strip $(2)))
without_features = $(strip $(filter-out $(2),$(phase_features_$(1))))

ABLATION_VARIANTS :=
# $(1) phase, $(2) features left out
define ablation_without
ABLATION_VARIANTS += $(call without_name,$(1),$(2))
$(call allocator_variant_pair,$(call without_name,$(1),$(2)),$(call without_features,$(1),$(2)))
endef
# $(1) features added to phase 0: one, after those that it needs
define ablation_with
ABLATION_VARIANTS += phase0-with-$(subst $(space),-,$(strip $(1)))
$(call allocator_variant_pair,phase0-with-$(subst $(space),-,$(strip $(1))),$(strip $(1)))
endef

$(foreach n,$(PHASES),$(foreach f,$(phase_features_$(n)),\
  $(eval $(call ablation_without,$(n),$(strip $(f) $(call dependents,$(f),$(phase_features_$(n))))))))
$(foreach f,$(phase_features_$(NEWEST_PHASE)),$(eval $(call ablation_with,$(strip $(needs_$(f)) $(f)))))
# Leaving out a phase's only new feature is the phase before it: the driver finds equal code and says so.

# A group is a feature with all that it needs or that need it, and so on: what can be left out and added alone alike.  Each
# feature is in one group, which is named by its first.  $(2) and what is one step away, in the order of the phase:
touching = $(strip $(filter $(2) $(foreach g,$(2),$(needs_$(g)) $(call dependents,$(g),$(phase_features_$(1)))),\
  $(phase_features_$(1))))
group_of = $(call touching,$(1),$(call touching,$(1),$(call touching,$(1),$(call touching,$(1),$(2)))))
groups_of = $(foreach f,$(phase_features_$(1)),$(if $(filter $(f),$(firstword $(call group_of,$(1),$(f)))),$(f)))
with_name = phase0$(if $(strip $(1)),-with-$(subst $(space),-,$(strip $(1))))
joined = $(subst $(space),+,$(strip $(1)))

$(foreach n,$(PHASES),$(foreach f,$(call groups_of,$(n)),\
  $(if $(filter $(call with_name,$(call group_of,$(n),$(f))),$(ABLATION_VARIANTS)),,\
    $(eval $(call ablation_with,$(call group_of,$(n),$(f)))))\
  $(if $(filter $(call without_name,$(n),$(call group_of,$(n),$(f))),$(ABLATION_VARIANTS)),,\
    $(eval $(call ablation_without,$(n),$(call group_of,$(n),$(f)))))))
# What a feature that needs several is held against.
$(foreach f,$(phase_features_$(NEWEST_PHASE)),\
  $(if $(filter phase0 $(ABLATION_VARIANTS),$(call with_name,$(needs_$(f)))),,$(eval $(call ablation_with,$(needs_$(f))))))
ABLATION_VARIANTS := $(sort $(ABLATION_VARIANTS))

ifneq ($(strip $(WITHOUT)),)
without_phase := $(or $(PHASE),$(NEWEST_PHASE))
without_unknown := $(filter-out $(phase_features_$(without_phase)),$(WITHOUT))
ifneq ($(without_unknown),)
$(error WITHOUT=$(WITHOUT): phase $(without_phase) has no feature $(without_unknown); it has: $(or $(phase_features_$(without_phase)),none))
endif
without_broken := $(filter-out $(WITHOUT),$(foreach f,$(WITHOUT),$(call dependents,$(f),$(phase_features_$(without_phase)))))
ifneq ($(without_broken),)
$(error WITHOUT=$(WITHOUT): $(without_broken) needs it; leave both out with WITHOUT="$(strip $(WITHOUT) $(without_broken))")
endif
WITHOUT_VARIANT := $(call without_name,$(without_phase),$(WITHOUT))
ifeq ($(filter $(WITHOUT_VARIANT),$(ABLATION_VARIANTS)),)
$(eval $(call ablation_without,$(without_phase),$(WITHOUT)))
endif
endif

# The questions of an ablation of phase $(1), a word each, its parts between colons: kind, feature, the variant with it,
# the variant without it.  "alone" is a feature beside those that it needs, "group" one with all that have to do with it,
# "whole" the phase against phase 0.  A group may be left out under the name of its first feature already.
ask_without = without:$(call joined,$(2)):phase$(1):$(call without_name,$(1),$(2))
ask_alone = alone:$(1):$(call with_name,$(needs_$(1)) $(1)):$(call with_name,$(needs_$(1)))
ask_group = group:$(call joined,$(1)):$(call with_name,$(1)):phase0
ablation_questions = $(foreach f,$(phase_features_$(1)),\
    $(call ask_without,$(1),$(strip $(f) $(call dependents,$(f),$(phase_features_$(1)))))) \
  $(foreach f,$(phase_features_$(1)),$(call ask_alone,$(f))) \
  $(foreach f,$(call groups_of,$(1)),$(call ask_without,$(1),$(call group_of,$(1),$(f))) \
    $(call ask_group,$(call group_of,$(1),$(f)))) \
  $(if $(phase_features_$(1)),whole:all:phase$(1):phase0)

# What the driver asks make: make -s ablation-questions-3, make -s ablation-names.
.PHONY: ablation-names $(PHASES:%=ablation-questions-%)
ablation-names:
	@printf '%s\n' $(ABLATION_VARIANTS)
$(PHASES:%=ablation-questions-%): ablation-questions-%:
	@printf '%s\n' $(call ablation_questions,$*)

.PHONY: ablation-variants
ablation-variants: $(foreach v,$(ABLATION_VARIANTS),$(BUILD)/lib/libhakmem-$(v).so)
