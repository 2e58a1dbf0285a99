"""Allocators that are broken on purpose: the workloads must notice.

Each is a shared object whose malloc hands out ever new memory, and after some hundred calls, so that the program has
started by then, does one thing wrong.
"""

from __future__ import annotations

import pytest
from conftest import FEW, Builder, SANITIZER, WORKLOADS, program, run

pytestmark = pytest.mark.skipif(SANITIZER != "", reason="nothing is preloaded under a sanitizer")

RECORD = (*FEW, "--record", "-")
FAILED = 1

# DAMAGED is a function `void *damaged(size_t size, unsigned long call)` over good(size); free never reuses memory, so
# that only the damage itself can be seen.
WRAPPER = r"""
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { START = 300, ARENA = 1u << 30 };
static _Atomic(size_t) used;
static _Atomic(unsigned long) calls;
static char *_Atomic arena;

static void *good(size_t size)
{
    char *base = atomic_load(&arena);
    if (base == NULL) {
        char *fresh = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        base = atomic_compare_exchange_strong(&arena, &base, fresh) ? fresh : atomic_load(&arena);
    }
    return base + atomic_fetch_add(&used, (size + 31) & ~(size_t)15) % (ARENA - (1 << 21));
}

DAMAGED

void *malloc(size_t size)
{
    unsigned long call = atomic_fetch_add(&calls, 1);
    return call < START ? good(size) : damaged(size, call);
}

void free(void *block) { (void)block; }

void *calloc(size_t count, size_t size) { return memset(good(count * size), 0, count * size); }

void *realloc(void *old, size_t size)
{
    void *block = good(size);
    return old == NULL ? block : memcpy(block, old, size);
}
"""

OVERLAP = """
/* Every second block starts 8 bytes before the end of the one before. */
static void *damaged(size_t size, unsigned long call)
{
    static _Thread_local char *last;
    static _Thread_local size_t last_size;
    char *block = call % 2 && last && last_size > 8 ? last + last_size - 8 : good(size + 64);
    last = block;
    last_size = size;
    return block;
}
"""

SAME_BLOCK = """
/* The same block again and again. */
static void *damaged(size_t size, unsigned long call)
{
    static char block[1 << 21];
    (void)size;
    (void)call;
    return block;
}
"""

BIT_FLIP = """
/* Now and then, flips one bit in the middle of the block handed out before. */
static void *damaged(size_t size, unsigned long call)
{
    static _Thread_local unsigned char *last;
    static _Thread_local size_t last_size;
    if (last && call % 50 == 0)
        last[last_size / 2] ^= 4;
    last = good(size);
    last_size = size;
    return last;
}
"""

NO_MEMORY = """
static void *damaged(size_t size, unsigned long call)
{
    (void)size;
    (void)call;
    return NULL;
}
"""

HEALTHY = """
static void *damaged(size_t size, unsigned long call)
{
    (void)call;
    return good(size);
}
"""


def wrapped(damaged: str) -> str:
    return WRAPPER.replace("DAMAGED", damaged)


def small(workload: str) -> tuple[str, ...]:
    """Blocks large enough for every kind of damage, small enough for the arena."""
    if workload == "tiny_hot":
        return ("--min-size", "64")
    return ("--min-size", "64", "--max-size", "2000", "--slots", "64")


@pytest.mark.parametrize("workload", WORKLOADS)
def test_the_wrapper_itself_is_sound(workload: str, preloadable: Builder) -> None:
    library = preloadable("healthy", wrapped(HEALTHY))
    done = run(program(workload, "system"), *RECORD, *small(workload), "--verify", preload=library)
    assert done.record["allocator"]["malloc_object"] == str(library)
    plain = run(program(workload, "system"), *RECORD, *small(workload)).record
    assert done.record["checksum"] == plain["checksum"]


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("damage", ["overlap", "same_block", "bit_flip"])
def test_verify_finds_the_damage(workload: str, damage: str, preloadable: Builder) -> None:
    source = {"overlap": OVERLAP, "same_block": SAME_BLOCK, "bit_flip": BIT_FLIP}[damage]
    library = preloadable(damage, wrapped(source))
    done = run(program(workload, "system"), *RECORD, *small(workload), "--verify", preload=library)
    assert (done.status, done.out) == (FAILED, "")
    assert done.err.startswith("corrupt block: ")


@pytest.mark.parametrize("workload", WORKLOADS)
def test_checksum_shows_overlapping_blocks_without_verify(workload: str, preloadable: Builder) -> None:
    library = preloadable("same_block", wrapped(SAME_BLOCK))
    broken = run(program(workload, "system"), *RECORD, *small(workload), preload=library).record
    assert broken["checksum"] != run(program(workload, "system"), *RECORD, *small(workload)).record["checksum"]


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("threads", ["1", "2"])
def test_out_of_memory_ends_the_sample(workload: str, threads: str, preloadable: Builder) -> None:
    if workload == "remote_free" and threads == "1":
        pytest.skip("producers and consumers come in pairs")
    library = preloadable("no_memory", wrapped(NO_MEMORY))
    done = run(program(workload, "system"), *RECORD, *small(workload), "--threads", threads, preload=library)
    assert (done.status, done.out) == (FAILED, "")
    assert "returned NULL" in done.err or "cannot create" in done.err
