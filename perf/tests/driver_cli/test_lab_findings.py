"""What the lab finds out besides times: hot paths, and the checklist that rests on them."""

from __future__ import annotations

import os
from typing import Any

import pytest

from conftest import load
from test_real import harness

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("SANITIZER")), reason="preloading into a sanitizer's program measures nothing"
)

VARIANT = "phase3-without-branch_hints"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("lab") / "run"
    words = ["--workload", "random_mixed", "--ops", "3000", "--rounds", "1", "--no-report", "--out", str(folder)]
    ended = harness("lab", "--phase", "3", "--variant", VARIANT, *words)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout, load(folder)[0]


def check(run: dict[str, Any], phase: str, name: str) -> dict[str, Any]:
    found = [row for row in run["roadmap"]["checks"] if (row["phase"], row["check"]) == (phase, name)]
    assert len(found) == 1, (phase, name)
    return found[0]


def test_every_arm_that_can_be_stepped_has_its_hot_paths(lab: tuple[str, dict[str, Any]]) -> None:
    _, run = lab
    arms = {"phase0", "phase1", "phase2", "phase3", VARIANT, "mimalloc", "system"}
    assert {(row["allocator"], row["op"]) for row in run["census"]} == {
        (arm, op) for arm in arms for op in ("malloc", "free", "remote_free")}
    for row in run["census"]:
        assert len(row["steps"]) == min(row["instructions"], 400)
        assert sum("A" in step["marks"] for step in row["steps"]) == row["atomics"]


def test_the_checklist_has_what_the_hot_paths_show(lab: tuple[str, dict[str, Any]]) -> None:
    _, run = lab
    assert check(run, "phase2", "atomics in a local free")["verdict"] == "met"
    assert check(run, "phase2", "atomics in a remote free")["verdict"] == "met"
    assert check(run, "phase3", "branches in a local free")["verdict"] == "met"
    steps = {row["op"]: row["instructions"] for row in run["census"] if row["allocator"] == "phase3"}
    assert check(run, "phase3", "warm malloc, free")["measured"] == f"{steps['malloc']} + {steps['free']} instr. run"
    for name in ("direct cache hit rate", "cost of the cache"):
        assert check(run, "phase1", name)["verdict"] == "met"
    for phase in ("phase2", "phase3"):
        assert check(run, phase, "fewer atomic operations")["verdict"] == "met"
    assert check(run, "phase3", "hot code as in phase2")["verdict"] == "met"


def test_the_verdict_is_printed_within_80_columns(lab: tuple[str, dict[str, Any]]) -> None:
    text, _ = lab
    lines = text[text.index("Roadmap: speed"):text.index("results in")].splitlines()
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    assert [line.split()[0] for line in lines[2:5]] == ["phase1", "phase2", "phase3"]
    assert f"  {VARIANT}" in lines  # its name has no room beside the figures
