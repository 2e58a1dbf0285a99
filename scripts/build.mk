# The targets that people type: lab, test, lint, format, install, clean, help.
#
# `make lab` and `make test` install what they need and then enter make again, because this parse may have happened
# on a machine where pkg-config and the libraries were still missing.

# --- shared ------------------------------------------------------------------------------------------------------
# $(call check_switch,NAME): NAME is 1, 0 or not set.  $(error) ends make with status 2.
check_switch = $(if $(filter-out 0 1,$($1)),$(error $1=$($1): say $1=1, or leave it out))

# For entering make again: with a job for each core unless the caller chose a number of jobs.
remake_flags = --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
setup = NO_SETUP=$(NO_SETUP) scripts/setup

# --- make lab ----------------------------------------------------------------------------------------------------
# What is wrong with the request is said before anything is installed or built.
lab_phase = $(or $(strip $(PHASE)),$(NEWEST_PHASE))
lab_phase_known = $(and $(filter 1,$(words $(lab_phase))),$(filter $(PHASES),$(lab_phase)))
lab_check_phase = $(if $(lab_phase_known),,$(error PHASE=$(PHASE): no such phase; there are: $(PHASES)))

# A misspelt variable would cost minutes of measuring something else.
lab_variables := PHASE QUICK NO_SETUP WITHOUT CC CFLAGS V BUILD AR PREFIX DESTDIR JOBS
lab_given = $(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
lab_unknown = $(filter-out $(lab_variables) -*-%,$(lab_given))
lab_check_variables = $(if $(lab_unknown),$(error $(lab_unknown): no such variable; `make help` lists them))

# With WITHOUT, the phase less those features is measured beside the phases (allocator/ablation.mk checks them).
lab_without = $(if $(WITHOUT_VARIANT),$(BUILD)/lib/libhakmem-$(WITHOUT_VARIANT).so)
lab_arms = lab --phase $(lab_phase)$(if $(lab_without), --variant $(WITHOUT_VARIANT))

.PHONY: lab built
lab: ## set up, build, measure PHASE=N (or the newest) against its rivals, write a report; QUICK=1 is shorter
	$(lab_check_variables)$(lab_check_phase)$(call check_switch,QUICK)$(call check_switch,NO_SETUP)
	$(Q)$(setup)
	$(Q)$(MAKE) $(remake_flags) built
	$(Q)HAKMEM_ROOT=$(CURDIR) $(BUILD)/bin/harness $(lab_arms)$(if $(filter 1,$(QUICK)), --quick)

# `all` and what WITHOUT asks for, without make's remark when there is nothing to do.
built: all $(lab_without)
	@:

# --- make test ---------------------------------------------------------------------------------------------------
# Tests find what they test through test_environment.  The sanitizer flavours run the C tests and the folders in
# SANITIZER_PYTEST_DIRS, several at a time: nothing is timed there, and everything is slow.
PYTEST_DIRS += scripts/tests
test_environment = HAKMEM_ROOT=$(CURDIR) BUILD=$(BUILD) SANITIZER=$(SANITIZER) CC='$(CC)' CFLAGS='$(CFLAGS)'
test_folders = $(if $(SANITIZER),$(SANITIZER_PYTEST_DIRS),$(PYTEST_DIRS))

.PHONY: test run-tests test-bare
test: ## set up, build and run every test; CC=clang CFLAGS=-fsanitize=address (or thread) works too
	$(call check_switch,NO_SETUP)
	$(Q)$(setup) --test $(if $(SANITIZER),--sanitizers)
	$(Q)$(MAKE) $(remake_flags) run-tests

run-tests: all $(TEST_PROGRAMS)
	$(Q)$(test_environment) scripts/run-tests --logs $(BUILD)/test-logs --jobs $(or $(JOBS),$$(nproc)) \
		$(addprefix --pytest ,$(test_folders)) $(TEST_PROGRAMS)

test-bare: ## make lab and make test in a bare Debian made with debootstrap (needs root)
	$(Q)scripts/test-bare

# --- make test-programs ------------------------------------------------------------------------------------------
.PHONY: test-programs
test-programs: $(BUILD)/lib/libhakmem.so ## real programs with hakmem preloaded: the same output as without; PROGRAMS="git redis"
	$(Q)$(setup) --test --lint --sanitizers --browser --programs
	$(Q)scripts/test-programs $(PROGRAMS)

# --- make lint, make format --------------------------------------------------------------------------------------
.PHONY: lint format
lint: ## look at C, shell, Python and Markdown files without running them
	$(Q)$(setup) --lint
	$(Q)scripts/lint

format: ## lay out the C files as .clang-format says
	$(Q)$(setup) --lint
	$(Q)git ls-files -z --cached --others --exclude-standard '*.[ch]' | xargs -0r clang-format -i

# --- make man ----------------------------------------------------------------------------------------------------
.PHONY: man
man: $(HARNESS) ## write man/harness.1 again from what the harness says of its commands and options
	$(Q)scripts/make-man $(HARNESS) >man/.harness.1.tmp && mv man/.harness.1.tmp man/harness.1

# --- make install, make clean, make help -------------------------------------------------------------------------
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
install_to = $(Q)install -D -m $(1) $(2) '$(DESTDIR)$(3)'

.PHONY: install
install: $(BUILD)/lib/libhakmem.a $(BUILD)/lib/libhakmem.so ## libraries of the newest phase, header, pkg-config file, manual pages, completion
	$(call install_to,644,$(BUILD)/lib/libhakmem.a,$(LIBDIR)/libhakmem.a)
	$(call install_to,755,$(BUILD)/lib/libhakmem.so,$(LIBDIR)/libhakmem.so.$(VERSION))
	$(Q)ln -sf libhakmem.so.$(VERSION) '$(DESTDIR)$(LIBDIR)/libhakmem.so.$(SOVERSION)'
	$(Q)ln -sf libhakmem.so.$(SOVERSION) '$(DESTDIR)$(LIBDIR)/libhakmem.so'
	$(call install_to,644,allocator/hakmem.h,$(INCLUDEDIR)/hakmem.h)
	$(call install_to,644,man/hakmem.3,$(MANDIR)/man3/hakmem.3)
	$(call install_to,644,man/harness.1,$(MANDIR)/man1/harness.1)
	$(call install_to,644,scripts/completion/harness,$(COMPLETIONDIR)/harness)
	$(Q)install -d '$(DESTDIR)$(LIBDIR)/pkgconfig'
	$(Q)sed -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|' \
		scripts/hakmem.pc.in >'$(DESTDIR)$(LIBDIR)/pkgconfig/hakmem.pc'

.PHONY: clean help
clean: ## remove everything that was built, in every flavour; results/ stays
	$(Q)rm -rf build

help: ## this list
	@echo 'make TARGET [VARIABLE=...]'
	@printf '  %-10s %s\n' '(none)' 'build the libraries of every phase, the workloads and the harness'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(filter %.mk Makefile,$(MAKEFILE_LIST)) | \
		while IFS='|' read -r target text; do printf '  %-10s %s\n' "$$target" "$$text"; done
	@echo 'variables'
	@printf '  %-10s %s\n' \
		PHASE    'which phase `make lab` measures; here: $(PHASES)' \
		QUICK    '1: the short form of `make lab`' \
		NO_SETUP '1: list the missing packages and stop, instead of installing them' \
		WITHOUT  'features: `make lab` measures the phase less these as well' \
		CC       'gcc or clang' \
		CFLAGS   'added to ours; every CC and CFLAGS has a build folder of its own' \
		V        '1: print every command' \
		PREFIX   'where `make install` puts things ($(PREFIX)); DESTDIR goes in front'
