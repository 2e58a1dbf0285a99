#!/bin/sh
# The fuzzer under valgrind's memcheck, with the allocator as a part of the program: it decides nothing by memory that was
# never written, touches none that it does not have, and hands the kernel only what is defined.
#
#   memcheck.sh DRIVER CORPUS      Exit status: 0 nothing found, 1 something; 77 there is no valgrind.
set -u
driver=$1
corpus=$2

if ! command -v valgrind >/dev/null; then
    echo "skipped: valgrind is not installed (scripts/setup)"
    exit 77
fi

# Without the option, valgrind puts a malloc of its own in place of the program's.
check() {
    valgrind --quiet --error-exitcode=1 --soname-synonyms=somalloc=nouserintercepts "$driver" "$@" || exit 1
}
check --runs 10 "$corpus"
check --runs 10 --threads 3
