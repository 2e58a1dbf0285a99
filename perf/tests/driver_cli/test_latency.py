"""The latency lane: allocators whose slow calls are planted, so that their causes are known."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest

from conftest import BUILD, ROOT, Lab, lanes, load, table

real = pytest.mark.skipif(
    bool(os.environ.get("SANITIZER")), reason="preloading into a sanitizer's program measures nothing"
)

# libc's malloc, every 200th call of which does what DELAY says.
SOURCE = """
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>
void *__libc_malloc(size_t size);
void __libc_free(void *block);
static void waits(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
}
static void faults(void)
{
    size_t bytes = 64 << 12;
    volatile char *fresh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < bytes; i += 4096)
        fresh[i] = 1;
    munmap((void *)fresh, bytes);
}
void *malloc(size_t size)
{
    static unsigned calls;
    if (++calls % 200 == 0)
        DELAY();
    return __libc_malloc(size);
}
void free(void *block)
{
    __libc_free(block);
    (void)waits, (void)faults;
}
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of tiny_hot by allocator and operation."""
    folder = tmp_path_factory.mktemp("latency")
    (folder / "slow.c").write_text(SOURCE)
    words = ["phase1"]
    for name in ("waits", "faults"):
        words.append(str(folder / f"lib{name}.so"))
        flags = ["-O1", "-fno-builtin", "-shared", "-fPIC", f"-DDELAY={name}", str(folder / "slow.c"), "-o", words[-1]]
        subprocess.run(["cc", *flags], check=True)
    words += ["--latency", "--workload", "tiny_hot", "--ops", "240000", "--rounds", "1", "--no-report"]
    command = [str(BUILD / "bin" / "harness"), "compare", *words, "--out", str(folder / "run")]
    environment = {**os.environ, "HAKMEM_ROOT": str(ROOT)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert ended.returncode == 0, ended.stderr
    lines = table(ended.stdout, "Latency: service time of one call in ns")
    assert lines.count("tiny_hot") == 1 and sum(line.startswith("  waits ") for line in lines) == 2
    assert any(line.startswith("    waited ") for line in lines)
    run, _ = load(folder / "run")
    kept = [line["latency"]["explained"] for line in lanes(folder / "run") if line["lane"] == "latency"]
    assert sorted(kept) == [False] * 3 + [True] * 3
    return {(row["allocator"], row["operation"]): row for row in run["latency"]}


@real
@pytest.mark.parametrize(("allocator", "cause"), [("waits", "waited"), ("faults", "page_fault")])
def test_planted_slow_calls_have_their_cause(rows: dict[Any, dict[str, Any]], allocator: str, cause: str) -> None:
    slow = rows[allocator, "malloc"]["slow"]
    assert sum(slow["causes"].values()) == slow["n"] > 5
    planted = slow["causes"][cause]  # on a busy machine some of them are preempted as well, which comes first
    assert planted > 0
    assert planted + slow["causes"]["preempted"] > 0.6 * slow["n"]
    assert slow["allocator_known"] is False
    assert rows[allocator, "free"]["slow"]["causes"][cause] <= 0.3 * rows[allocator, "free"]["slow"]["n"]


@real
def test_a_call_that_waited_has_the_time_that_went_by(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    row = rows["waits", "malloc"]  # one in 200 sleeps for 50 us
    assert row["p99_9_ns"] >= 50000
    assert row["slowest_ns"] >= 50000
    assert row["switched"] > 0 or "rseq=0" in os.environ.get("GLIBC_TUNABLES", "")


@real
def test_a_counting_build_explains_a_phase(rows: dict[Any, dict[str, Any]]) -> None:
    assert rows["phase1", "malloc"]["slow"]["allocator_known"] is True


@real
def test_every_pair_has_both_operations_in_order(rows: dict[Any, dict[str, Any]]) -> None:
    assert list(rows) == [(name, call) for name in ("phase1", "waits", "faults") for call in ("malloc", "free")]
    for row in rows.values():
        assert row["processes"] == 1
        assert row["floor_p50_ns"] > 0
        assert row["n"] > 20000  # 240,000 operations, one in four timed, half of them each
        assert row["p50_ns"] <= row["p90_ns"] <= row["p95_ns"] <= row["p99_ns"] <= row["p99_9_ns"] <= row["max_ns"]


def test_a_lab_without_the_programs_says_so_and_goes_on(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "phase0", "--latency")
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    assert "latency" not in run
    assert "no latency: bench_*_latency is not built; run make" in run["warnings"]
