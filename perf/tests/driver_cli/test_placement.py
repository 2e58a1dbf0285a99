"""Pinning: the policies on made-up machines, what is shown of them, and what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import BUILD, HERE, Ended, Lab, compile_stub, load

SERVER = "numa:2 package:1 l3:2 core:2 pu:2"  # 16 CPUs; 4 caches of 2 cores with 2 hardware threads each


@pytest.fixture(scope="module", autouse=True)
def parts(stubs: Path) -> Iterator[None]:
    """The real lab-resolve, and workload gamma, which says that it was pinned as it was told."""
    added = [stubs / "bin" / name for name in ("lab-resolve", "bench_gamma_system")]
    shutil.copy(BUILD / "bin" / "lab-resolve", added[0])
    compile_stub(HERE / "stub_workload.c", added[1], '-DTHREADS_MAX="64"')
    yield
    for path in added:
        path.unlink()


def compare(lab: Lab, monkeypatch: pytest.MonkeyPatch, machine: str, *words: str) -> tuple[Ended, Path]:
    monkeypatch.setenv("HWLOC_SYNTHETIC", machine)
    return lab.compare("phase1", "phase0", "--workload", "gamma", "--rounds", "1", *words)


@pytest.mark.parametrize("policy, cpus, cores, caches, nodes, siblings", [
    ("compact", "0,1,2,3", 2, 1, 1, 4), ("spread", "0,4,8,12", 4, 4, 2, 0), ("per-cache", "0,4,8,12", 4, 4, 2, 0)])
def test_a_policy_and_what_it_comes_to(lab: Lab, monkeypatch: pytest.MonkeyPatch, policy: str, cpus: str, cores: int,
                                       caches: int, nodes: int, siblings: int) -> None:
    ended, folder = compare(lab, monkeypatch, SERVER, "--threads", "4", "--pin", policy)
    assert ended.status == 0, ended.err
    run, samples = load(folder)
    assert run["plan"]["pin"] == policy
    assert run["plan"]["workloads"][0]["placement"] == {
        "cpus": cpus, "cores": cores, "caches": caches, "packages": nodes, "numa_nodes": nodes,
        "smt_siblings": siblings}
    assert {tuple(sample["pin"]["cpus"]) for sample in samples} == {tuple(map(int, cpus.split(",")))}
    assert f"pinned, {policy}: CPU {cpus} ({cores} cores, {caches} cache" in ended.out
    assert any("share a core" in warning for warning in run["warnings"]) == bool(siblings)
    assert any("2 NUMA nodes" in warning for warning in run["warnings"]) == (nodes > 1)


def test_none_pins_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    _, folder = compare(lab, monkeypatch, SERVER, "--pin", "none")
    run, samples = load(folder)
    assert "placement" not in run["plan"]["workloads"][0]
    assert not any(sample["pin"]["applied"] for sample in samples)


@pytest.mark.parametrize("machine, words, message", [
    (SERVER, ("--threads", "17", "--pin", "spread"), "17 threads want a CPU each, and this process may use 16"),
    ("core:2 pu:1", ("--pin", "per-cache"), "hwloc sees no cache here; take compact or spread"),
    ("pu:2", ("--pin", "spread"), "hwloc sees no cores here"),
    (SERVER, ("--pin", "nearby"), "must be compact, spread, per-cache or none")])
def test_what_cannot_be_had_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch, machine: str,
                                       words: tuple[str, ...], message: str) -> None:
    ended, folder = compare(lab, monkeypatch, machine, *words)
    assert ended.status == 2
    assert message in ended.err
    assert not folder.exists()


def test_without_a_wish_too_many_threads_run_unpinned(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, folder = compare(lab, monkeypatch, SERVER, "--threads", "17")
    assert ended.status == 0, ended.err
    assert any("gamma is not pinned" in warning for warning in load(folder)[0]["warnings"])
