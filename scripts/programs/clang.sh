#!/bin/sh
# clang: the same as gcc, by a C++ program of 100 MiB.
# needs: clang
set -eu
cd "$HAKMEM_ROOT"
for file in allocator/*.c; do
    # shellcheck disable=SC2086 # a list of options
    clang -std=gnu11 -O2 -w -fPIC $HAKMEM_DEFINES -c -o "$1/object.o" "$file"
    sha256sum <"$1/object.o"
done
