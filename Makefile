# hakmem: a malloc and the laboratory that proves it.  `make help` lists the targets.
#
# This file holds what every part shares: the flavour (compiler + flags -> build folder), the variants (one for
# each phase), the compile rules' flags, and the entry points.  Each part brings its own rules in <part>/build.mk.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VERSION := 0.1.0

# --- flavour -----------------------------------------------------------------------------------------------------
# gcc without extra flags builds into build/; every other compiler or CFLAGS gets a folder of its own, so that
# `CC=clang CFLAGS="-fsanitize=address" make` never mixes its objects with the plain ones.
ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?=
empty :=
space := $(empty) $(empty)
flavour_name := $(strip $(CC) $(CFLAGS))
ifeq ($(flavour_name),gcc)
BUILD := build
else
BUILD := build/flavour/$(subst /,_,$(subst =,-,$(subst $(space),_,$(flavour_name))))
endif

# Libraries of the machine that a cross compiler builds for, unpacked by scripts/fetch-arm64; empty for this machine's.
FOREIGN_ROOT ?=
ifneq ($(FOREIGN_ROOT),)
foreign_lib := $(FOREIGN_ROOT)/usr/lib/aarch64-linux-gnu
override CFLAGS += -isystem $(FOREIGN_ROOT)/usr/include -isystem $(FOREIGN_ROOT)/usr/include/aarch64-linux-gnu \
    -L$(foreign_lib) -Wl,-rpath-link,$(foreign_lib)
endif

# The compiler's own: those of a cross compiler are not this machine's.
AR = $(shell $(CC) -print-prog-name=ar)
LD = $(shell $(CC) -print-prog-name=ld)

# The sanitizers in CFLAGS, of a list such as -fsanitize=address,undefined as well.
SANITIZER := $(strip $(foreach s,address thread undefined,$(if $(findstring $(s),$(filter -fsanitize=%,$(CFLAGS))),$(s))))

# --- flags -------------------------------------------------------------------------------------------------------
WARNINGS := -Wall -Wextra -Wundef -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Werror
OPTIMISE := $(if $(SANITIZER),-O1 -fno-omit-frame-pointer,-O2)
# Unless told so, a program goes on after undefined behaviour was found, and its test passes.
FINDINGS_END := $(if $(filter undefined,$(SANITIZER)),-fno-sanitize-recover=undefined)
# Debian 12's valgrind (3.19) cannot read the DWARF 5 that clang writes, and gives up on the program.
DEBUG_INFORMATION := $(if $(findstring clang,$(CC)),-gdwarf-4,-g)
BASE_CFLAGS := -std=gnu11 $(OPTIMISE) $(FINDINGS_END) $(DEBUG_INFORMATION) $(WARNINGS) -DHAKMEM_VERSION=\"$(VERSION)\" -MMD -MP

# Quiet by default, `make V=1` prints every command.
Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-8s %s\n' $(1) $(2))

# --- variants ----------------------------------------------------------------------------------------------------
# A phase is a file allocator/phases/phaseN.mk; the newest one is also called hakmem.
PHASES := $(shell ls allocator/phases/phase*.mk | sed 's/.*phase\([0-9]*\)\.mk/\1/' | sort -n)
NEWEST_PHASE := $(lastword $(PHASES))
VARIANTS := $(addprefix phase,$(PHASES))
NEWEST := phase$(NEWEST_PHASE)

# Each part appends to these.
TEST_PROGRAMS :=
PYTEST_DIRS :=
ALL :=

include allocator/build.mk
-include perf/build.mk
-include workloads/build.mk
-include reports/build.mk
-include scripts/build.mk
-include allocator/tests/portability.mk

.PHONY: all
all: $(ALL)
