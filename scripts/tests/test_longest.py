"""The longest call: planted slow calls are found and named, and what scripts/longest refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from script import load

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "longest"
LIBRARY = ROOT / os.environ.get("BUILD", "build") / "lib" / "libhakmem.so"
LIMIT_S = 60
SLOW_NS = 30_000_000

longest = load(SCRIPT)

# libc's malloc, whose 20th free, and no other call, does what SLOW says: works, or waits, so long.
SLOW_SOURCE = """
#define _GNU_SOURCE
#include <stddef.h>
#include <time.h>
void __libc_free(void *block);
static long cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}
static void works(void)
{
    for (long start = cpu_ns(); cpu_ns() - start < SLOW_NS;)
        ;
}
static void waits(void)
{
    nanosleep(&(struct timespec){.tv_nsec = SLOW_NS}, NULL);
}
void free(void *block)
{
    static unsigned calls;
    if (block != NULL && ++calls == 20)
        SLOW();
    __libc_free(block);
    (void)works, (void)waits;
}
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)


@pytest.mark.parametrize("slow", ["works", "waits"])
def test_a_planted_slow_call_is_found(tmp_path: Path, slow: str) -> None:
    (tmp_path / "slow.c").write_text(SLOW_SOURCE)
    library = tmp_path / f"lib{slow}.so"
    flags = ["-O1", "-fno-builtin", "-shared", "-fPIC", f"-DSLOW={slow}", f"-DSLOW_NS={SLOW_NS}L"]
    subprocess.run(["cc", *flags, str(tmp_path / "slow.c"), "-o", str(library)], check=True)
    ended = run("--rounds", "1", "--scene", "first", "--json", str(tmp_path / "out.json"), str(library))
    assert ended.returncode == 0, ended.stderr
    [sample] = json.loads((tmp_path / "out.json").read_text())["samples"]
    assert sample["call"] == "free"
    assert sample["longest_ns"] >= SLOW_NS
    assert sample["calls"] == 128


def recorded(values: dict[str, list[int]]) -> list[Any]:
    return [longest.Sample(i + 1, "mail", name, "malloc", ns, 10, 0)
            for name, there in values.items() for i, ns in enumerate(there)]


def test_the_table_has_medians_and_says_which_call_it_was() -> None:
    text = longest.table(recorded({"hakmem": [5000, 1_500_000, 7100], "system": [12_345_000] * 3}), ["mail"],
                         ["hakmem", "system"])
    assert "mail             7.1   12,345" in text
    assert "mail: malloc, 5.0 to 1,500" in text


@pytest.mark.parametrize(("words", "message"), [
    (["--scene", "nonsense"], "no such scene; there are: nothing, "),
    (["nonsense"], "no allocator that was found, and no file; there are: hakmem, "),
    (["--rounds", "0"], "--rounds 0: from 1 to 1000"),
    (["--program", "/nowhere"], "/nowhere: not there; run make"),
])
def test_wrong_usage_is_refused(words: list[str], message: str) -> None:
    ended = run(*words)
    assert ended.returncode == 2
    assert message in ended.stderr


def test_an_allocator_that_cannot_be_preloaded_is_no_row(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.so"
    wrong.write_text("no library")
    ended = run("--rounds", "1", "--scene", "first", str(wrong))
    assert ended.returncode == 1
    assert f"first under {wrong}: exit status 0" in ended.stderr
