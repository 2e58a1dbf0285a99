"""Profiles: what is replayed is what the file says, the same under every malloc; what is none is refused by line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import mean

import pytest
from conftest import BUILD, ROOT, SANITIZER, Builder, Run, phases, run

SHAPES = BUILD / "bin" / "shapes"
EXAMPLES = sorted(file.stem for file in (ROOT / "workloads/shapes/profiles").glob("*.profile"))
HEAD = "hakmem-profile-1\n"
BLOCKS = 40000
# weight, size-min, size-max, lifetime-min, lifetime-max; the sizes tell the rows apart
ROWS = [(10, 16, 31, "0", "0"), (6, 32, 63, "1", "100"), (3, 64, 999, "101", "3000"), (1, 2000, 2000, "end", "end")]
MIXED = f"{HEAD}# of the tests\nallocations {BLOCKS}\n" + "".join(" ".join(map(str, row)) + "\n" for row in ROWS)
# Writes each call of malloc as its size, and each free as the number of the malloc it is of, to the file $CALLS.
LOGGED = """#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#define CALLS_MAX (1 << 20)
extern void *__libc_malloc(size_t size);
extern void __libc_free(void *block);
static struct { int freed; size_t value; } calls[CALLS_MAX];
static size_t count, made;
void *malloc(size_t size)
{
    size_t *block = __libc_malloc(size + 16);
    if (count < CALLS_MAX)
        calls[count].value = size, calls[count++].freed = 0;
    *block = made++;
    return block + 2;
}
void free(void *block)
{
    if (block == NULL)
        return;
    if (count < CALLS_MAX)
        calls[count].value = ((size_t *)block)[-2], calls[count++].freed = 1;
    __libc_free((size_t *)block - 2);
}
__attribute__((destructor)) static void write_calls(void)
{
    const size_t there = count;
    FILE *file = fopen(getenv("CALLS"), "w");
    for (size_t i = 0; i < there; i++)
        fprintf(file, "%c %zu\\n", calls[i].freed ? 'f' : 'm', calls[i].value);
    fclose(file);
}
"""


def replay(file: Path, *arguments: str, preload: Path | str | None = None, **environment: str) -> Run:
    return run(SHAPES, *arguments, "--profile", str(file), preload=preload, **environment)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    file = tmp_path / "mixed.profile"
    file.write_text(MIXED)
    return file


# --- what is replayed -------------------------------------------------------------------------------------------------

def test_the_work_is_the_same_in_every_run_and_under_every_malloc(mixed: Path) -> None:
    libraries = [] if SANITIZER else [BUILD / "lib" / name for name in ("libhakmem.so", f"libhakmem-{phases()[0]}.so")]
    records = [replay(mixed, "--scale", "0.01", preload=library).record for library in (None, None, *libraries)]
    same = [{name: record[name] for name in ("shape", "ops", "checksum", "misaligned", "plan_kib", "peak_live_bytes")}
            for record in records]
    assert same == [same[0]] * len(same)
    assert (same[0]["shape"], same[0]["ops"], same[0]["misaligned"]) == ("mixed", BLOCKS, 0)
    assert all(record["cpu_ns"] > 0 and record["peak_rss_kib"] > 0 for record in records)


def test_the_null_run_does_the_same_without_malloc(mixed: Path) -> None:
    full, null = (replay(mixed, "--scale", "0.01", *extra).record for extra in ((), ("--null",)))
    assert (null["ops"], null["checksum"]) == (full["ops"], full["checksum"])
    if not SANITIZER:
        assert null["peak_rss_kib"] < full["peak_rss_kib"]


def test_scale_cuts_a_life_short_or_adds_whole_ones(mixed: Path) -> None:
    assert [replay(mixed, "--scale", scale).record["ops"] for scale in ("0.0000001", "0.0025", "0.021")] \
        == [1, BLOCKS // 4, 2 * BLOCKS]


def test_a_profile_without_allocations_has_a_million(tmp_path: Path) -> None:
    file = tmp_path / "hand.made.profile"
    file.write_text(HEAD + "1 8 8 0 0")
    record = replay(file, "--scale", "0.25").record
    assert (record["shape"], record["ops"], record["peak_live_bytes"]) == ("hand.made", 1000000, 8)


def calls_of(library: Path, file: Path, folder: Path) -> tuple[list[tuple[int, int | None]], int]:
    """Size and lifetime (None: the end) of each block of one life, and the most bytes live at once."""
    assert replay(file, "--scale", "0.01", preload=library, CALLS=str(folder / "calls")).status == 0
    sizes: list[int] = []
    lifetimes: dict[int, int | None] = {}
    live = peak = 0
    for line in (folder / "calls").read_text().splitlines():
        kind, value = line[0], int(line[2:])
        if kind == "m" and len(sizes) < BLOCKS:
            sizes.append(value)
            live += value
            peak = max(peak, live)
        elif kind == "f" and value < BLOCKS:
            live -= sizes[value]
            lifetimes[value] = len(sizes) - 1 - value if len(sizes) < BLOCKS else None
    assert len(lifetimes) == BLOCKS and live == 0
    return [(size, lifetimes[number]) for number, size in enumerate(sizes)], peak


@pytest.mark.skipif(bool(SANITIZER), reason="malloc is the sanitizer's")
def test_sizes_and_lifetimes_are_those_of_the_rows(mixed: Path, preloadable: Builder, tmp_path: Path) -> None:
    blocks, peak = calls_of(preloadable("logged", LOGGED), mixed, tmp_path)
    assert peak == replay(mixed, "--scale", "0.01").record["peak_live_bytes"]
    last = 3000  # younger ones may be cut off by the end
    for weight, low, high, shortest, longest in ROWS:
        there = [(size, lifetime) for size, lifetime in blocks[:-last] if low <= size <= high]
        expected = weight / 20 * (BLOCKS - last)
        assert abs(len(there) - expected) < 5 * expected ** 0.5
        assert (min(size for size, _ in there), max(size for size, _ in there)) == (low, high)
        assert mean(size for size, _ in there) == pytest.approx((low + high) / 2, rel=0.03)
        found = [lifetime for _, lifetime in there if lifetime is not None]
        if shortest == "end":
            assert found == []
            continue
        assert len(found) == len(there)
        assert int(shortest) <= min(found) and max(found) <= int(longest)
        assert mean(found) == pytest.approx((int(shortest) + int(longest)) / 2, rel=0.03)
    at_once = Counter(lifetime for size, lifetime in blocks[:-1] if size < 32)
    assert list(at_once) == [0]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_profiles(name: str) -> None:
    file = ROOT / "workloads/shapes/profiles" / f"{name}.profile"
    record = replay(file, "--scale", "0.001" if SANITIZER else "0.01").record
    assert record["shape"] == name and record["ops"] > 0
    assert len(file.read_text().splitlines()) < 200


# --- what is refused --------------------------------------------------------------------------------------------------

REFUSED = [
    ("", ":1: the first line is not 'hakmem-profile-1'; is this a profile"),
    ("hakmem-profile-2\n1 8 8 0 0\n", ":1: the first line is not"),
    ("hakmem-profile-1\r\n1 8 8 0 0\n", ":1: the first line is not"),
    ("\n" + HEAD, ":1: the first line is not"),
    (HEAD, ": no row; add one: weight size-min"),
    (HEAD + "# 1 8 8 0 0\n", ": no row; add one"),
    (HEAD + "\n1 8 8 0\n", ":3: 4 fields; a row has 5: weight size-min"),
    (HEAD + "1 8 8 0 0 0\n", ":2: 6 fields; a row has 5"),
    (HEAD + "0 8 8 0 0\n", ":2: weight is 0, and has to be at least 1; leave the row out"),
    (HEAD + "-1 8 8 0 0\n", ":2: weight '-1' is no whole number; write digits alone"),
    (HEAD + "1.5 8 8 0 0\n", ":2: weight '1.5' is no whole number"),
    (HEAD + "1e3 8 8 0 0\n", ":2: weight '1e3' is no whole number"),
    (HEAD + "1000000000000001 8 8 0 0\n", ":2: weight 1000000000000001 is too large; at most 1000000000000000"),
    (HEAD + "18446744073709551617 8 8 0 0\n", ":2: weight 18446744073709551617 is too large"),
    (HEAD + "1 0 8 0 0\n", ":2: size-min is 0, and has to be at least 1"),
    (HEAD + "1 8 1073741825 0 0\n", ":2: size-max 1073741825 is too large; at most 1073741824"),
    (HEAD + "1 9 8 0 0\n", ":2: size-min 9 is above size-max 8; swap them"),
    (HEAD + "1 8 8 2 1\n", ":2: lifetime-min 2 is above lifetime-max 1; swap them"),
    (HEAD + "1 8 8 0 end\n", ":2: only one lifetime is `end`; write `end end`"),
    (HEAD + "1 8 8 end 7\n", ":2: only one lifetime is `end`"),
    (HEAD + "1 8 8 0 ever\n", ":2: lifetime-max 'ever' is neither a whole number nor `end`"),
    (HEAD + "1 8 8 0 99999999999999999999\n", ":2: lifetime-max 99999999999999999999 is too large"),
    (HEAD + "1 8 8 0 0\nallocations 5\n", ":3: `allocations` stands once, before the rows"),
    (HEAD + "allocations 5\nallocations 5\n1 8 8 0 0\n", ":3: `allocations` stands once"),
    (HEAD + "allocations\n1 8 8 0 0\n", ":2: `allocations` takes one number"),
    (HEAD + "allocations 0\n1 8 8 0 0\n", ":2: allocations is 0, and has to be at least 1"),
    (HEAD + "allocations 16777217\n1 8 8 0 0\n", ":2: allocations 16777217 is too large; at most 16777216"),
    (HEAD + "1 8 8 0 \0\n", ":2: a NUL byte; a profile is plain text"),
    (HEAD + "1 8 8 0 0\n" * 4097, ":4098: more than 4096 rows; put similar ones together"),
    (HEAD + "#" * (1 << 20), ": more than 1048576 bytes"),
    (HEAD + "1 1073741824 1073741824 end end\n", " are live at once, more than half of this machine's memory"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=[words[:40] for _, words in REFUSED])
def test_what_is_no_profile_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "bad.profile"
    file.write_text(text, newline="")
    done = replay(file, "--scale", "0.001")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"shapes: {file}:") and words in done.err
    assert done.err.count("\n") == 1 and "; " in done.err


@pytest.mark.parametrize(("arguments", "words"), [
    (["--profile", "/nosuch/file"], "/nosuch/file: No such file or directory; --profile takes the path"),
    (["--profile", "/"], "/: Is a directory; --profile takes the path"),
    (["--profile"], "requires an argument"),
    (["--null", "t8"], "--null goes with --profile"),
    (["--profile", "/nosuch/file", "t8"], "--profile goes without a shape"),
])
def test_a_bad_request_is_refused(arguments: list[str], words: str) -> None:
    done = run(SHAPES, *arguments)
    assert (done.status, done.out) == (2, "")
    assert words in done.err
