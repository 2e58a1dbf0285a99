#!/bin/sh
# A program that knows only the C library's names, in every form that it can be given hakmem: linked with the archive,
# wholly static, linked with the shared library, and preloaded.  Then the archive's symbols.
#
#   run.sh BUILD VARIANT      Exit status: 0 all is right, 1 something is not.
set -u
build=$1
variant=$2
test=$build/test
library=$build/lib/libhakmem-$variant.so
archive=$build/lib/libhakmem-$variant.a
plugins=$test/dropin-libraries
failed=0

complain() {
    echo "not ok - $*"
    failed=1
}

# run FORM COMMAND...: with each first call; only malloc's run goes through all checks.
run() {
    form=$1
    shift
    for first in free realloc calloc malloc; do
        output=$("$@" "$plugins" "$first" 2>&1) || complain "$form, first call $first: exit status $?: $output"
    done
}

run archive "$test/dropin-archive-$variant"
plugins_are=$plugins plugins=$test/none # dlopen in a static program would bring a second C library
run "wholly static" "$test/dropin-static-$variant"
plugins=$plugins_are
run linked env LD_LIBRARY_PATH="$test/dropin-linked-$variant.lib" "$test/dropin-linked-$variant"
run preloaded env LD_PRELOAD="$library" "$test/dropin-plain"
# A library that is loaded with the program registers its fork handlers in its constructor.
run "preloaded, with a library" env LD_PRELOAD="$library:$plugins/dropin-plugin.so" "$test/dropin-plain"
run_cxx() {
    output=$("$@" 2>&1) || complain "C++, $*: exit status $?: $output"
}
for program in cxx cxx_replaced; do
    run_cxx "$test/dropin-$program-$variant"
    run_cxx "$test/dropin-$program-$variant-static"
    run_cxx env LD_PRELOAD="$library" "$test/dropin-$program-plain"
done

# Whoever takes one function of the family from the archive takes all.
members=$(ar t "$archive" | wc -l)
[ "$members" -eq 1 ] || complain "$archive has $members members; one is needed, or malloc may come from two allocators"
for name in malloc calloc realloc free cfree memalign aligned_alloc posix_memalign valloc pvalloc reallocarray \
    malloc_usable_size malloc_trim malloc_stats malloc_info mallinfo mallinfo2 mallopt free_sized free_aligned_sized; do
    nm --defined-only "$archive" | grep -q " [TW] $name\$" || complain "$archive does not define $name"
done

# What the allocator asks of the C library: nothing here allocates.  dprintf and fprintf serve malloc_stats and
# malloc_info only, with no lock held; pthread_atfork is called before main, pthread_setspecific with the heap in place.
allowed=' abort clock_gettime __errno_location getrlimit getrlimit64 madvise memcpy memmove memset mincore mmap mprotect mremap
 munmap __register_atfork pthread_atfork pthread_key_create __libc_single_threaded pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock pthread_setspecific
 sched_getcpu sched_yield __popcountdi2 strlen strcmp strncmp memcmp strstr sysconf syscall write getpid getauxval fcntl fcntl64 dprintf fprintf stderr environ __environ __environ
 _ITM_deregisterTMCloneTable _ITM_registerTMCloneTable __cxa_finalize __gmon_start__ __stack_chk_fail
 _GLOBAL_OFFSET_TABLE_ __dso_handle _Unwind_Resume __gcc_personality_v0 __tls_get_addr
 _ZSt15get_new_handlerv _ZSt17__throw_bad_allocv '
for name in $(nm --undefined-only "$archive" | awk 'NF == 2 {print $2}') \
    $(nm -D --undefined-only "$library" | awk '{print $2}' | sed 's/@.*//'); do
    echo "$allowed" | grep -qw -- "$name" || complain "the allocator calls $name, which is not known not to allocate"
done

if [ "$failed" -ne 0 ]; then
    exit 1
fi
echo "ok - $variant: archive, static, linked, preloaded, C++, symbols"
