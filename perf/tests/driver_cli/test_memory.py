"""Memory over time: allocators whose memory is known beforehand, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import BUILD, ROOT, Lab, load, table

real = pytest.mark.skipif(
    bool(os.environ.get("SANITIZER")), reason="preloading into a sanitizer's program measures nothing"
)

MIB = 1 << 20

COMMON = """
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
static void *map(size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
"""

# A page and no less for each block, given back at once.
PAGES = COMMON + """
#define ALL(size) (((size) + 16 + 4095) & ~(size_t)4095)
void *malloc(size_t size)
{
    size_t *start = map(ALL(size));
    *start = size;
    return start + 2;
}
void free(void *block)
{
    if (block)
        munmap((size_t *)block - 2, ALL(((size_t *)block)[-2]));
}
"""

# Fresh memory for every block, nothing ever given back.
LEAK = COMMON + """
static char *next, *end;
void *malloc(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (next == NULL || size > (size_t)(end - next))
        end = (next = map(64 << 20)) + (64 << 20);
    next += size;
    return next - size;
}
void free(void *block)
{
    (void)block;
}
"""

REST = """
void *calloc(size_t count, size_t size)
{
    return memset(malloc(count * size), 0, count * size);
}
void *realloc(void *block, size_t size)
{
    (void)block;
    return malloc(size);
}
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The rows of random_mixed, by allocator: half of 8192 slots full, 520 bytes each on average, 2 MiB live."""
    folder = tmp_path_factory.mktemp("memory")
    words = []
    for name, source in (("pages", PAGES), ("leak", LEAK)):
        (folder / f"{name}.c").write_text(source + REST)
        words.append(str(folder / f"lib{name}.so"))
        flags = ["-O1", "-fno-builtin", "-shared", "-fPIC", str(folder / f"{name}.c"), "-o", words[-1]]
        subprocess.run(["cc", *flags], check=True)
    words += ["--memory", "--quick", "--workload", "random_mixed", "--ops", "200000", "--rounds", "1", "--no-report"]
    command = [str(BUILD / "bin" / "harness"), "compare", *words, "--out", str(folder / "run")]
    environment = {**os.environ, "HAKMEM_ROOT": str(ROOT)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert any(line.startswith("  pages ") for line in table(ended.stdout, "Memory over time: resident MiB"))
    run, _ = load(folder / "run")
    assert [row["allocator"] for row in run["memory_over_time"]] == ["pages", "leak"]
    return {row["allocator"]: row for row in run["memory_over_time"]}


@real
def test_live_bytes_are_the_workloads_own(rows: dict[str, dict[str, Any]]) -> None:
    for row in rows.values():
        assert row["looks"] > 0
        assert 1.9 * MIB < row["peak_live_bytes"] < 2.3 * MIB


@real
def test_a_page_for_each_block_is_fragmentation(rows: dict[str, dict[str, Any]]) -> None:
    """4096 blocks of a page are 16 MiB, on top of the program's one or two."""
    row = rows["pages"]
    assert 15 * MIB < row["peak_rss_bytes"] - row["rss_start_bytes"] < 18 * MIB
    assert 6 < row["rss_over_live"] < 11


@real
def test_what_is_given_back_leaves_no_residue(rows: dict[str, dict[str, Any]]) -> None:
    row = rows["pages"]
    assert [residue["after_s"] for residue in row["residue"]] == [0.1, 1]
    assert all(residue["rss_bytes"] - row["rss_start_bytes"] < MIB for residue in row["residue"])


@real
def test_a_leak_grows_and_stays(rows: dict[str, dict[str, Any]]) -> None:
    """100,000 mallocs of 520 bytes are 50 MiB."""
    row = rows["leak"]
    assert 45 * MIB < row["peak_rss_bytes"] < 56 * MIB
    assert all(residue["rss_bytes"] > 45 * MIB for residue in row["residue"])
    seen = [resident for _, resident, _ in row["curve"]]
    assert seen == sorted(seen)


@real
def test_times_and_shares_of_a_curve_are_in_order(rows: dict[str, dict[str, Any]]) -> None:
    for row in rows.values():
        times = [time for time, _, _ in row["curve"]]
        assert times == sorted(times)
        assert times[-1] <= row["region_s"]
        assert len(times) <= 60


def test_a_lab_without_the_programs_says_so_and_goes_on(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "phase0", "--memory")
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    assert "memory_over_time" not in run
    assert "no memory over time: bench_*_live is not built; run make" in run["warnings"]


@pytest.mark.parametrize("lane", ["--memory", "--latency", "--simulate"])
def test_a_program_that_is_not_the_labs_has_no_lanes(lab: Lab, lane: str) -> None:
    ended = lab.run("compare", "phase1", "phase0", lane, "--", "true")
    assert ended.status == 2
    assert "are for the lab's own workloads" in ended.err


def test_nothing_but_samples_on_request(lab: Lab) -> None:
    folder = lab.new_folder()
    words = ["--no-lanes", "--rounds", "1", "--ops", "1000", "--out", str(folder), "--no-report"]
    lab.run("lab", *words)
    run = json.loads((folder / "run.json").read_text())
    assert "memory_over_time" not in run and "simulated" not in run
    assert not any("memory over time" in warning for warning in run["warnings"])


def programs_of_this_build() -> list[str]:
    """Command lines of running processes that hold this build's folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return [name for name in found if str(BUILD) in name]


@real
def test_ctrl_c_while_processes_sleep_leaves_none_and_keeps_the_samples(tmp_path: Path) -> None:
    """The processes of this lane stay for 5 s after their work; nothing else of the run is left by then."""
    words = ["phase1", "system", "--memory", "--workload", "tiny_hot", "--ops", "2000", "--rounds", "1", "--no-report"]
    command = [str(BUILD / "bin" / "harness"), "compare", *words, "--out", str(tmp_path / "run")]
    environment = {**os.environ, "HAKMEM_ROOT": str(ROOT)}
    out, err = subprocess.DEVNULL, subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=out, stderr=err, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "memory over time" in line:
                break
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "marked partial" in complaint
    run, samples = load(tmp_path / "run")
    assert run["state"] == "partial"
    assert len(samples) > 3
    assert not any("bench_tiny_hot_live" in name for name in programs_of_this_build())
