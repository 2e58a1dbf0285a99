"""The shapes: each does the same work under every malloc, sees what a broken one does, and refuses bad requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import BUILD, SANITIZER, Builder, Run, phases, run

SHAPES = BUILD / "bin" / "shapes"
SCALE = "0.002" if SANITIZER else "0.01"  # a few milliseconds each
NAMES = """small4k live32k live256k tail4k tail64k mid large fifo_mid fifo_big aligned aligned4k batch_fifo batch_lifo
batch_rand tree6 tree8 tree10 tree12 tree16 strings vec vec15 cache callocs calloc1m calloc1m_full t8 t64 prodcon cross2
cross8 arrays tables frames generations arenas edits startup surge buffers t4_tail heirs""".split()
KEPT_BACK = "arrays tables generations arenas startup surge buffers t4_tail heirs".split()
# posix_memalign of an allocator that has all else of the C library's.
ALIGNED_TO_8 = """#include <stdlib.h>
int posix_memalign(void **block, size_t alignment, size_t size)
{
    char *start = aligned_alloc(alignment, size + alignment);
    *block = start + 8;
    return start == NULL;
}
"""
# Every 64th call of malloc gets the block of the call before; nothing is freed.
TWICE = """#include <stddef.h>
static char memory[1 << 28];
static size_t used, calls;
static char *last;
void *malloc(size_t size)
{
    if (++calls % 64 != 0)
        last = memory + __atomic_fetch_add(&used, (size + 31) / 16 * 16, __ATOMIC_RELAXED);
    return last;
}
void free(void *block) { (void)block; }
void *calloc(size_t count, size_t size)
{
    return memory + __atomic_fetch_add(&used, (count * size + 31) / 16 * 16, __ATOMIC_RELAXED);
}
"""
NOT_ZERO = """#include <stdlib.h>
#include <string.h>
void *calloc(size_t count, size_t size)
{
    char *block = malloc(count * size);
    memset(block, 0, count * size);
    if (count == 1)
        block[size - 1] = 1;
    return block;
}
"""


def shape(name: str, *arguments: str, preload: Path | str | None = None) -> Run:
    return run(SHAPES, "--scale", SCALE, *arguments, name, preload=preload)


def test_the_list_has_every_shape_and_says_what_it_is() -> None:
    listed = run(SHAPES, "--list")
    assert listed.status == 0
    about = dict(line.split(": ", 1) for line in listed.out.splitlines())
    assert list(about) == NAMES
    assert all(15 < len(what) <= 115 for what in about.values())
    assert [name for name, what in about.items() if what.endswith(" [kept back]")] == KEPT_BACK


@pytest.mark.parametrize("name", NAMES)
def test_the_work_is_the_same_under_every_malloc(name: str) -> None:
    libraries = [] if SANITIZER else ["libhakmem.so", f"libhakmem-{phases()[0]}.so", f"libhakmem-{phases()[-1]}.so"]
    records = [shape(name, preload=library).record for library in (None, *(BUILD / "lib" / one for one in libraries))]
    for record in records:
        assert record["shape"] == name
        assert record["ops"] > 0 and record["cpu_ns"] > 0 and record["peak_rss_kib"] > 0
        assert record["misaligned"] == 0
        assert (record["ops"], record["checksum"]) == (records[0]["ops"], records[0]["checksum"])


def test_scale_is_the_number_of_operations() -> None:
    assert run(SHAPES, "--scale", "0.01", "small4k").record["ops"] == 50000
    assert run(SHAPES, "--scale", "0.002", "small4k").record["ops"] == 10000
    assert run(SHAPES, "--scale", "0.0000001", "small4k").record["ops"] == 1


@pytest.mark.skipif(bool(SANITIZER), reason="malloc is the sanitizer's")
def test_a_block_handed_out_twice_is_seen(preloadable: Builder) -> None:
    done = run(SHAPES, "--scale", "0.01", "batch_fifo", preload=preloadable("twice", TWICE))
    assert (done.status, done.out) == (1, "")
    assert done.err == "shapes: a block did not hold what was written into it\n"


@pytest.mark.skipif(bool(SANITIZER), reason="malloc is the sanitizer's")
@pytest.mark.parametrize("name", ["callocs", "calloc1m", "calloc1m_full"])
def test_memory_that_is_not_zero_is_seen(preloadable: Builder, name: str) -> None:
    done = shape(name, preload=preloadable("notzero", NOT_ZERO))
    assert (done.status, done.err) == (1, "shapes: calloc returned a block that is not zero\n")


@pytest.mark.skipif(bool(SANITIZER), reason="malloc is the sanitizer's")
def test_misaligned_blocks_are_counted(preloadable: Builder) -> None:
    library = preloadable("aligned8", ALIGNED_TO_8 + "void free(void *block) { (void)block; }\n")
    record = run(SHAPES, "--scale", "0.001", "aligned", preload=library).record
    assert record["misaligned"] == record["ops"]


@pytest.mark.parametrize(("arguments", "words"), [
    ([], "one shape is needed"),
    (["t8", "t64"], "one shape is needed"),
    (["nosuch"], "nosuch: no such shape"),
    (["--scale", "0", "t8"], "0: --scale takes a number above 0"),
    (["--scale", "-1", "t8"], "-1: --scale takes"),
    (["--scale", "2000", "t8"], "2000: --scale takes"),
    (["--scale", "nan", "t8"], "nan: --scale takes"),
    (["--scale", "1x", "t8"], "1x: --scale takes"),
    (["--scale", "", "t8"], "--scale takes"),
    (["--nosuch", "t8"], "nosuch"),
])
def test_a_bad_request_is_refused(arguments: list[str], words: str) -> None:
    done = run(SHAPES, *arguments)
    assert (done.status, done.out) == (2, "")
    assert words in done.err
