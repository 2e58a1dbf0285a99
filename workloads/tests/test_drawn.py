"""Drawn programs: the same work under every malloc whatever the parameters, and bad words refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import BUILD, SANITIZER, Builder, Run, phases, run

SHAPES = BUILD / "bin" / "shapes"
POLICIES = "random queue stack batch generations sawtooth vectors graphs".split()
OPS = 2000 if SANITIZER else 20000
PLAIN = {"policy": "random", "sizes": "log:16:2048", "slots": 300, "ops": OPS}
# Everything at once: what one thread leaves, another frees, and each takes over from one that has ended.
ALL = {"batch": 40, "keep": 200, "touch": "ends", "order": "random", "threads": 3, "lives": 4, "handed": 300,
       "shelves": 64, "calloc": 200, "aligned": 100, "realloc": 200, "seed": 7}
# Every 64th call of malloc gets the block of the call before; nothing is freed.
TWICE = """#include <stddef.h>
static char memory[1 << 28];
static size_t used, calls;
static char *last;
void *malloc(size_t size)
{
    if (++calls % 64 != 0) {
        last = memory + used;
        used += (size + 31) / 16 * 16;
    }
    return last;
}
void free(void *block) { (void)block; }
"""
NOT_ZERO = """#include <stdlib.h>
#include <string.h>
void *calloc(size_t count, size_t size)
{
    char *block = malloc(count * size);
    memset(block, 0, count * size);
    if (count == 1)
        block[%s] = 1;
    return block;
}
"""
LOSES_CONTENT = """#include <stdlib.h>
void *realloc(void *old, size_t size) { free(old); return malloc(size); }
"""
ALIGNED_TO_8 = """#include <stdlib.h>
int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = (char *)aligned_alloc(alignment, size + alignment) + 8;
    return 0;
}
void free(void *block) { (void)block; }
"""


def drawn(*, preload: Path | str | None = None, scale: str = "1", **words: Any) -> Run:
    """PLAIN, with other values or more of them."""
    return run(SHAPES, "--scale", scale, "drawn", *(f"{key}={value}" for key, value in {**PLAIN, **words}.items()),
               preload=preload)


def same_work(**words: Any) -> dict[str, Any]:
    libraries = [] if SANITIZER else [BUILD / "lib/libhakmem.so", BUILD / f"lib/libhakmem-{phases()[0]}.so"]
    records = [drawn(preload=library, **words).record for library in (None, None, *libraries)]
    for record in records:
        assert record["cpu_ns"] > 0 and record["peak_rss_kib"] > 0
        assert [record[name] for name in ("shape", "ops", "checksum", "misaligned")] \
            == ["drawn", records[0]["ops"], records[0]["checksum"], 0]
    return records[0]


@pytest.mark.parametrize("policy", POLICIES)
def test_the_work_is_the_same_under_every_malloc(policy: str) -> None:
    records = [same_work(policy=policy), same_work(policy=policy, batch=30), same_work(policy=policy, **ALL)]
    assert all(0.99 * OPS <= record["ops"] < 2 * OPS for record in records)
    assert len({record["checksum"] for record in records}) > 1


@pytest.mark.parametrize("sizes", ["one:8", "one:70001", "even:9:5000", "log:8:8", "log:100:100000", "few:8:24:1000",
                                   "mostly:30:20000", "tail:12:300000"])
def test_every_distribution_of_sizes_can_be_written_whole(sizes: str) -> None:
    for touch in ("word", "line", "ends", "all"):
        drawn(sizes=sizes, touch=touch, ops=OPS // 10)
    same_work(sizes=sizes, touch="all", ops=OPS // 10, slots=20)


@pytest.mark.parametrize("order", ["oldest", "newest", "random"])
@pytest.mark.parametrize("policy", ["batch", "graphs"])
def test_the_order_of_frees_does_not_change_what_is_made(policy: str, order: str) -> None:
    record = same_work(policy=policy, order=order, batch=50, sizes="one:100")
    assert record["ops"] == OPS


def test_more_of_a_block_touched_is_another_checksum() -> None:
    """64 bytes are written where a word was: the bytes are in the checksum, block by block."""
    word, line, ends, whole = (drawn(touch=touch, sizes="one:200").record["checksum"]
                               for touch in ("word", "line", "ends", "all"))
    assert [line - word, ends - word, whole - word] == [56 * OPS, OPS, 193 * OPS]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("slots", [2, 3])
def test_the_fewest_slots_come_to_an_end(policy: str, slots: int) -> None:
    assert drawn(policy=policy, slots=slots, keep=900, ops=200, batch=1).record["ops"] >= 200


def test_another_seed_is_another_run_and_scale_its_length() -> None:
    assert drawn(seed=1).record["checksum"] != drawn(seed=2).record["checksum"]
    assert [drawn(scale=scale).record["ops"] for scale in ("0.5", "0.0000001")] == [OPS // 2, 1]


@pytest.mark.skipif(bool(SANITIZER), reason="memory is mostly the sanitizer's")
def test_the_programs_own_slots_are_no_part_of_its_memory() -> None:
    few, many = (drawn(slots=slots, ops=500).record["peak_rss_kib"] for slots in (1000, 4000000))
    assert abs(many - few) < 1000


@pytest.mark.skipif(bool(SANITIZER), reason="malloc is the sanitizer's")
@pytest.mark.parametrize("policy", ["random", "queue", "stack", "batch", "generations", "sawtooth", "graphs"])
def test_a_block_handed_out_twice_is_seen(preloadable: Builder, policy: str) -> None:
    done = drawn(policy=policy, preload=preloadable("drawn_twice", TWICE))
    assert (done.status, done.err) == (1, "shapes: a block did not hold what was written into it\n")


@pytest.mark.skipif(bool(SANITIZER), reason="malloc is the sanitizer's")
@pytest.mark.parametrize("words", [{"policy": "vectors"}, {"policy": "random", "realloc": 500}])
def test_content_that_realloc_loses_is_seen(preloadable: Builder, words: dict[str, Any]) -> None:
    done = drawn(preload=preloadable("drawn_loses", LOSES_CONTENT), **words)
    assert (done.status, done.err) == (1, "shapes: a block did not hold what was written into it\n")


@pytest.mark.skipif(bool(SANITIZER), reason="malloc is the sanitizer's")
@pytest.mark.parametrize(("where", "touch"), [("0", "word"), ("size - 1", "all")])
def test_memory_that_is_not_zero_is_seen(preloadable: Builder, where: str, touch: str) -> None:
    library = preloadable(f"drawn_notzero_{touch}", NOT_ZERO % where)
    done = drawn(calloc=100, touch=touch, preload=library)
    assert (done.status, done.err) == (1, "shapes: calloc returned a block that is not zero\n")


@pytest.mark.skipif(bool(SANITIZER), reason="malloc is the sanitizer's")
def test_misaligned_blocks_are_counted(preloadable: Builder) -> None:
    record = drawn(aligned=1000, preload=preloadable("drawn_aligned8", ALIGNED_TO_8)).record
    assert record["misaligned"] == record["ops"]


@pytest.mark.parametrize(("words", "message"), [
    (["slots=2"], "its words: policy=, sizes=, ops= and slots= are needed"),
    (["nothing"], "nothing: KEY=VALUE is expected"),
    (["=5"], "=5: no such key"),
    (["colour=5"], "colour=5: no such key"),
    (["policy=best"], "policy=best: no such name"),
    (["touch="], "touch=: no such name"),
    (["slots=1"], "slots=1: slots is 2 to 16777216"),
    (["slots=-5"], "slots=-5: slots is 2 to"),
    (["slots=5x"], "slots=5x: slots is"),
    (["seed=99999999999999999999"], "seed is 0 to 18446744073709551615"),
    (["threads=65"], "threads is 1 to 64"),
    (["keep=901"], "keep is 0 to 900"),
    (["sizes=other:5"], "sizes=other:5: sizes are one:S"),
    (["sizes=one:7"], "sizes=one:7: sizes are 8 to 1073741824, the smallest first"),
    (["sizes=even:90:80"], "the smallest first"),
    (["sizes=even:90"], "sizes=even:90: the distribution takes another number of sizes"),
    (["sizes=few:8:9:10:11:12:13:14:15:16:17"], "takes another number"),
    (["sizes=one:8x"], "takes another number"),
    (["policy=queue", "sizes=one:8", "ops=1", "slots=5", "batch=6"], "batch: at most as many as slots"),
    (["policy=queue", "sizes=one:8", "ops=1", "slots=5", "calloc=600", "aligned=600"], "at most 1000 together"),
])
def test_bad_words_are_refused(words: list[str], message: str) -> None:
    done = run(SHAPES, "drawn", *words)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("shapes: drawn: ") and message in done.err and done.err.count("\n") == 1


def test_a_profile_goes_without_a_drawn_program(tmp_path: Path) -> None:
    (tmp_path / "one.profile").write_text("hakmem-profile-1\n1 8 8 0 0\n")
    done = run(SHAPES, "--profile", str(tmp_path / "one.profile"), "drawn", "slots=5")
    assert (done.status, done.out) == (2, "") and "--profile goes without a shape" in done.err
