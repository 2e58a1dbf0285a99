# The drop-in checks (dropin/): one program in every form that it can be given the allocator.  A sanitizer owns malloc,
# so they run in the plain flavour only.
ifeq ($(SANITIZER),)

DROPIN_VARIANTS := $(sort phase0 $(NEWEST))
dropin_sources := $(addprefix allocator/tests/dropin/,dropin.c interface.c process.c)
dropin_compile = $(Q)$(CC) $(BASE_CFLAGS) $(CFLAGS) -fno-builtin -Wno-deprecated-declarations -Wno-alloc-size-larger-than $(if $(findstring clang,$(CC)),-Wno-unknown-warning-option,-Wno-use-after-free)
dropin_headers := allocator/tests/dropin/dropin.h
CXX ?= g++
dropin_compile_cxx = $(Q)$(CXX) -std=c++17 -O2 -g -Wall -Wextra -Werror -Wno-alloc-size-larger-than

$(BUILD)/test/dropin-libraries/dropin-plugin.so: allocator/tests/dropin/plugin.c
	@mkdir -p $(@D)
	$(dropin_compile) -fPIC -shared -o $@ $<
$(BUILD)/test/dropin-plain: $(dropin_sources) $(dropin_headers)
	@mkdir -p $(@D)
	$(call say,CCLD,$@)
	$(dropin_compile) -o $@ $(dropin_sources) -pthread
$(BUILD)/test/dropin-cxx-plain $(BUILD)/test/dropin-cxx_replaced-plain: $(BUILD)/test/dropin-%-plain: allocator/tests/dropin/%.cc
	@mkdir -p $(@D)
	$(call say,CXXLD,$@)
	$(dropin_compile_cxx) -o $@ $< -pthread

# $(1) variant
define dropin_test
$(BUILD)/test/dropin-archive-$(1): $(dropin_sources) $(dropin_headers) $(BUILD)/lib/libhakmem-$(1).a
	@mkdir -p $$(@D)
	$$(call say,CCLD,$$@)
	$$(dropin_compile) -o $$@ $(dropin_sources) $(BUILD)/lib/libhakmem-$(1).a -pthread
$(BUILD)/test/dropin-static-$(1): $(dropin_sources) $(dropin_headers) $(BUILD)/lib/libhakmem-$(1).a
	@mkdir -p $$(@D)
	$$(call say,CCLD,$$@)
	$$(dropin_compile) -static -o $$@ $(dropin_sources) $(BUILD)/lib/libhakmem-$(1).a -pthread 2>$$@.log || { cat $$@.log; exit 1; }
$(BUILD)/test/dropin-linked-$(1): $(dropin_sources) $(dropin_headers) $(BUILD)/lib/libhakmem-$(1).so
	$$(call say,CCLD,$$@)
	@mkdir -p $$@.lib && ln -sf $(CURDIR)/$(BUILD)/lib/libhakmem-$(1).so $$@.lib/$$(call soname,$(1))
	$$(dropin_compile) -o $$@ $(dropin_sources) $(BUILD)/lib/libhakmem-$(1).so -pthread
$(BUILD)/test/dropin-cxx-$(1) $(BUILD)/test/dropin-cxx_replaced-$(1): $(BUILD)/test/dropin-%-$(1): \
    allocator/tests/dropin/%.cc $(BUILD)/lib/libhakmem-$(1).a
	@mkdir -p $$(@D)
	$$(call say,CXXLD,$$@)
	$$(dropin_compile_cxx) -o $$@ $$< $(BUILD)/lib/libhakmem-$(1).a -pthread
	$$(dropin_compile_cxx) -static -o $$@-static $$< $(BUILD)/lib/libhakmem-$(1).a -pthread
$(BUILD)/test/dropin-$(1): allocator/tests/dropin/run.sh $(addprefix $(BUILD)/test/dropin-,\
    archive-$(1) static-$(1) linked-$(1) cxx-$(1) cxx_replaced-$(1) plain cxx-plain cxx_replaced-plain libraries/dropin-plugin.so)
	$$(Q)printf '#!/bin/sh\nexec %s %s %s\n' '$$(CURDIR)/$$<' '$$(CURDIR)/$(BUILD)' $(1) >$$@
	$$(Q)chmod +x $$@
TEST_PROGRAMS += $(BUILD)/test/dropin-$(1)
endef
$(foreach v,$(DROPIN_VARIANTS),$(eval $(call dropin_test,$(v))))

endif
