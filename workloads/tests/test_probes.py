"""The programs with a probe: live bytes that can be read from outside, and times of single calls."""

from __future__ import annotations

import json
import mmap
import os
import struct
import subprocess

import pytest
from conftest import BUILD, FEW, ROOT, SANITIZER, WORKLOADS, program, run

USAGE = 2
PAGE_BYTES = 8192  # a little more than the page of live bytes has
FREED = 3
HEAD = struct.Struct("=II4Q")  # state, leave, moments
CELLS_AT, CELL_BYTES, CELLS = 64, 64, 64


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("probe", ["live", "latency"])
def test_a_probe_changes_no_work(workload: str, probe: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    plain = run(program(workload, "system"), *FEW, "--record", "-").record
    probed = run(program(workload, probe), *FEW, "--record", "-").record
    assert probed["checksum"] == plain["checksum"]
    assert probed["allocator"]["malloc_object"] == plain["allocator"]["malloc_object"] or SANITIZER
    jsonschema.validate(probed, json.loads((ROOT / "perf/schema/sample.schema.json").read_text()))
    assert "latency" not in plain and "live_bytes_left" not in plain


@pytest.mark.parametrize("workload", WORKLOADS)
def test_the_books_balance(workload: str) -> None:
    assert run(program(workload, "live"), *FEW, "--record", "-").record["live_bytes_left"] == 0


@pytest.mark.parametrize("threads", ["1", "3"])
def test_the_page_can_be_read_from_outside(threads: str) -> None:
    fd = os.memfd_create("live")
    os.ftruncate(fd, PAGE_BYTES)
    page = mmap.mmap(fd, PAGE_BYTES)
    page[4:8] = struct.pack("=I", 1)  # leave at once
    command = [program("random_mixed", "live"), *FEW, "--threads", threads, "--probe", f"fd={fd}", "--record", "-"]
    done = subprocess.run(command, pass_fds=[fd], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    state, _, *moments = HEAD.unpack_from(page)
    assert state == FREED
    assert 0 == moments[0] < moments[1] < moments[2] < moments[3]
    cells = [struct.unpack_from("=q", page, CELLS_AT + i * CELL_BYTES)[0] for i in range(CELLS)]
    assert sum(cells) == 0


@pytest.mark.parametrize("workload", WORKLOADS)
def test_times_of_calls_are_counted_and_in_order(workload: str) -> None:
    words = (*FEW, "--slots", "64", "--record", "-", "--probe", "every=3")
    record = run(program(workload, "latency"), *words).record
    latency = record["latency"]
    assert (latency["every"], latency["explained"]) == (3, False)
    assert latency["floor_p50_ns"] > 0
    assert [row["operation"] for row in latency["operations"]] == ["malloc", "free"]
    assert sum(row["n"] for row in latency["operations"]) == pytest.approx(record["ops"] / 3, rel=0.15)
    for row in latency["operations"]:
        values = [value for _, value in row["curve"]]
        assert values == sorted(values)
        assert values[-1] <= row["max_ns"]
        assert row["p50_ns"] <= row["p90_ns"] <= row["p95_ns"] <= row["p99_ns"] <= row["p99_9_ns"] <= row["max_ns"]


def test_the_calls_that_are_timed_are_the_same_every_time() -> None:
    first, second = (run(program("random_mixed", "latency"), *FEW, "--record", "-").record for _ in range(2))
    assert [row["n"] for row in first["latency"]["operations"]] == [row["n"] for row in second["latency"]["operations"]]


@pytest.mark.skipif(SANITIZER != "", reason="a sanitizer's malloc is not the subject")
def test_slow_calls_have_a_cause() -> None:
    """libc maps blocks of this size afresh, and the first touch of its bookkeeping is a page fault in malloc."""
    words = ["--ops", "4000", "--min-size", "300000", "--max-size", "300000", "--slots", "2", "--record", "-"]
    latency = run(program("random_mixed", "latency"), *words, "--probe", "every=1", "--probe", "explain=1").record
    rows = {row["operation"]: row["slow"] for row in latency["latency"]["operations"]}
    for row in rows.values():
        assert sum(row["causes"].values()) == row["n"] > 0
        assert row["allocator_known"] is False
    faults = run(program("random_mixed", "latency"), *words, "--probe", "explain=1", MALLOC_MMAP_THRESHOLD_="100000")
    slow = {row["operation"]: row["slow"] for row in faults.record["latency"]["operations"]}
    assert slow["malloc"]["causes"]["page_fault"] >= slow["malloc"]["n"] * 0.5


@pytest.mark.skipif(SANITIZER != "", reason="options are the same without a sanitizer")
@pytest.mark.parametrize(
    ("variant", "setting", "words"),
    [
        ("system", "fd=3", "this program has no probe"),
        ("live", "fd", "wants NAME=N"),
        ("live", "every=3", "wants NAME=N"),
        ("latency", "every=0", "from 1 to"),
        ("latency", "every=three", "from 1 to"),
    ],
)
def test_wrong_settings(variant: str, setting: str, words: str) -> None:
    done = run(program("random_mixed", variant), *FEW, "--probe", setting)
    assert (done.status, done.out) == (USAGE, "")
    assert words in done.err


@pytest.mark.skipif(SANITIZER != "", reason="options are the same without a sanitizer")
def test_a_descriptor_that_cannot_be_mapped_is_named() -> None:
    done = run(program("random_mixed", "live"), *FEW, "--probe", "fd=77")
    assert done.status == 1
    assert "cannot map descriptor 77" in done.err


def test_the_programs_are_there() -> None:
    assert all((BUILD / "bin" / f"bench_{workload}_{probe}").exists() for workload in WORKLOADS for probe in
               ("live", "latency"))
