"""What takes part in a run is on record, settings took effect or the run says so, and failures stay visible."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from conftest import Lab, load


def sha256(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_every_binary_is_on_record(lab: Lab) -> None:
    _, folder = lab.compare("phase1", "system")
    files = load(folder)[0]["provenance"]["files"]
    assert {(item["role"], item["name"]) for item in files} == {
        ("harness", "harness"), ("allocator", "phase1"), ("allocator", "system"), ("workload", "alpha"),
        ("floor", "alpha")}
    assert all(sha256(item["path"]) == item["sha256"] for item in files)
    assert next(item for item in files if item["role"] == "harness")["path"] == str(lab.harness.resolve())


def test_a_workload_that_is_replaced_makes_the_run_fail(lab: Lab) -> None:
    """The floor's program, which no allocator's hash covers."""
    program = lab.bin / "bench_alpha_floor"
    content = program.read_bytes()
    touch = f"dd if=/dev/zero bs=1 count=1 of={program} conv=notrunc oflag=append 2>/dev/null || :"
    lab.library("libtouch.so", f'-DAT_CALL_1000=system("{touch}")', "-DSPEED=70")
    try:
        ended, folder = lab.compare("./lib/libtouch.so", "phase0", "--rounds", "1")
        assert ended.status == 1
        assert "bench_alpha_floor was replaced during the run" in ended.err
        assert any("was replaced during the run" in warning for warning in load(folder)[0]["warnings"])
    finally:
        program.write_bytes(content)
        os.unlink(lab.lib / "libtouch.so")


def test_options_in_the_environment_are_on_record(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=3:glibc.malloc.mxfast=0")
    monkeypatch.setenv("API_TOKEN", "swordfish")
    ended, folder = lab.compare("phase1", "system", "--rounds", "1")
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    assert run["provenance"]["settings"] == [
        {"variable": "GLIBC_TUNABLES", "option": "glibc.malloc.tcache_count", "value": "3", "allocators": ["system"]},
        {"variable": "GLIBC_TUNABLES", "option": "glibc.malloc.mxfast", "value": "0", "allocators": ["system"]}]
    assert "swordfish" not in (folder / "run.json").read_text()


@pytest.mark.parametrize("variable, value, option", [
    ("GLIBC_TUNABLES", "glibc.malloc.tcache_cuont=3", "glibc.malloc.tcache_cuont"),
    ("MALLOC_ARENA_MAXX", "1", "MALLOC_ARENA_MAXX")])
def test_an_option_that_nobody_knows_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch, variable: str, value: str,
                                                option: str) -> None:
    monkeypatch.setenv(variable, value)
    ended, folder = lab.compare("phase1", "system")
    assert ended.status == 2
    assert f"{variable} is set, but no allocator of this run knows an option '{option}'" in ended.err
    assert not folder.exists()


def test_an_option_of_an_absent_allocator_is_warned_of(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMALLOC_PURGE_DELAY", "0")
    ended, folder = lab.compare("phase1", "phase0", "--rounds", "1")
    assert ended.status == 0, ended.err
    assert "MIMALLOC_PURGE_DELAY is set, and no allocator of this run reads it" in load(folder)[0]["warnings"]


def test_an_allocator_that_complains_has_failed(lab: Lab) -> None:
    complaint = "<jemalloc>: Invalid conf pair: narenas:many"
    lab.library("libcomplain.so", f'-DAT_CALL_1000=dprintf(2,"{complaint}\\n")', "-include", "stdio.h", "-DSPEED=60")
    ended, folder = lab.compare("./lib/libcomplain.so", "phase0", "--rounds", "1")
    assert ended.status == 1
    assert load(folder)[0]["failures"][0]["reason"] == f"the allocator complained: {complaint}"


def test_huge_pages_that_were_refused_but_had_are_a_failure(lab: Lab) -> None:
    """The stub workload does not say that it had none."""
    ended, folder = lab.compare("phase1", "phase0", "--thp", "never", "--rounds", "1")
    assert ended.status == 1
    run, _ = load(folder)
    assert run["plan"]["thp"] == "never"
    assert {item["reason"] for item in run["failures"]} == {
        "--thp never did not take effect: the process had transparent huge pages"}
    assert lab.compare("phase1", "phase0", "--thp", "always")[0].status == 2


def test_failures_are_seen_beside_the_medians(lab: Lab) -> None:
    """An arm that failed once keeps its median, its count of failures, and no claim."""
    marker = lab.folder / "failed-once"
    marker.unlink(missing_ok=True)
    fail_once = f'if(access("{marker}",0)){{close(creat("{marker}",0600));raise(SIGSEGV);}}'
    lab.library("libonce.so", f"-DAT_CALL_1000={fail_once}", "-include", "fcntl.h", "-DSPEED=80")
    ended, folder = lab.compare("./lib/libonce.so", "phase0")
    assert ended.status == 1
    run, samples = load(folder)
    row = next(item for item in run["summary"] if item["allocator"].startswith("once") and item["failed"])
    assert row["n"] >= 5
    assert sum(sample["state"] == "failed" for sample in samples) == len(run["failures"]) == 1
    assert "1 sample failed: no claim" in ended.out or "#aa" in run["failures"][0]["allocator"]
