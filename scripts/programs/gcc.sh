#!/bin/sh
# gcc: compiles the allocator, optimised; the object files have to be the same byte for byte.
# needs: gcc
set -eu
cd "$HAKMEM_ROOT"
for file in allocator/*.c; do
    # shellcheck disable=SC2086 # a list of options
    gcc -std=gnu11 -O2 -w -frandom-seed=1 -fPIC $HAKMEM_DEFINES -c -o "$1/object.o" "$file"
    sha256sum <"$1/object.o"
done
