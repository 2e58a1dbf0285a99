#!/bin/sh
# The shared library as programs meet it: no function of the malloc family is missing, none is left to libc, and real
# programs give the same output with it as without.  Usage: preload.sh LIBRARY
set -eu
library=$1
failed=0

complain() {
    echo "not ok - $*"
    failed=$((failed + 1))
}

# Everything that glibc 2.36 exports of the malloc family, C23's sized frees, and every replaceable operator but the
# nothrow ones: the C++ runtime's call these, and catch what a new-handler throws (override_cxx.c).
family='malloc calloc realloc free cfree memalign aligned_alloc posix_memalign valloc pvalloc reallocarray
malloc_usable_size malloc_trim malloc_stats malloc_info mallinfo mallinfo2 mallopt free_sized free_aligned_sized
_Znwm _Znam _ZnwmSt11align_val_t _ZnamSt11align_val_t _ZdlPv _ZdaPv _ZdlPvm _ZdaPvm
_ZdlPvSt11align_val_t _ZdaPvSt11align_val_t _ZdlPvmSt11align_val_t _ZdaPvmSt11align_val_t'
defined=$(nm -D --defined-only "$library" | awk '{print $3}')
for name in $family; do
    echo "$defined" | grep -qx "$name" || complain "$library does not define $name"
done
# Nothing but the family and hakmem_ is exported.
for name in $defined; do
    case $name in
    hakmem_*) ;;
    *) echo "$family" | tr ' ' '\n' | grep -qx "$name" || complain "$library exports $name" ;;
    esac
done
# Nothing of the family is asked from elsewhere.
for name in $(nm -D --undefined-only "$library" | awk '{print $2}' | sed 's/@.*//'); do
    echo "$family" | tr ' ' '\n' | grep -qx "$name" && complain "$library falls through to libc's $name"
done

# Real programs: the same output as with the system malloc.
same() {
    expected=$("$@" 2>&1) || true
    actual=$(LD_PRELOAD=$library "$@" 2>&1) || complain "fails under $library: $*"
    [ "$expected" = "$actual" ] || complain "output differs under $library: $*"
}
same sh -c 'ls / | sort'
same python3 -c 'import json, threading
words = [str(i) * 9 for i in range(50000)]
threads = [threading.Thread(target=lambda: sorted(words)) for _ in range(8)]
[t.start() for t in threads], [t.join() for t in threads]
print(len(json.dumps(words)))'
same git --version
same sh -c 'echo "int main(void){return 0;}" | gcc -O2 -x c -c -o /dev/null - && echo compiled'
same awk 'BEGIN { for (i = 0; i < 100000; i++) a[i] = "x" i; print length(a) }'

if [ "$failed" -gt 0 ]; then
    echo "0 passed, 1 failed"
    exit 1
fi
echo "1 passed, 0 failed"
