"""Sentences over the figures rank nobody whom the intervals do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from labreport import lead
from labreport.folder import read_folder
from labreport.run import MEMORY, SPEED, Run
from labreport.sections import pareto
from labreport.sections.speed import leaders
from synthetic import ARMS, make_run, write_run

CORE = "random_mixed"


@pytest.fixture()
def equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Arms of the same speed; one of them has a better median, as one always has."""
    monkeypatch.setattr("synthetic.ARMS", {**ARMS, "phase3": 1.0, "mimalloc": 1.0})
    monkeypatch.setattr("synthetic.MEMORY", {})
    return read_folder(write_run(tmp_path / "run", *make_run(workloads=[CORE], arms=["phase0", "phase3", "mimalloc"])))


@pytest.fixture()
def apart(tmp_path: Path) -> Run:
    return read_folder(write_run(tmp_path / "run", *make_run(workloads=[CORE])))


def test_equal_arms_have_no_first(equal: Run) -> None:
    assert leaders(equal, SPEED, "fastest") == \
        f"Too close to call on {CORE}: none of 3 allocators is surely the fastest."
    assert "none of 3" in leaders(equal, MEMORY, "smallest")
    assert all(f"{arm} on 1" in sentence(equal) for arm in ("phase0", "phase3", "mimalloc"))


def test_arms_apart_have_one(apart: Run) -> None:
    assert leaders(apart, SPEED, "fastest") == f"The fastest of 6 allocators over 1 workload: phase3 on 1 ({CORE})."
    assert leaders(apart, MEMORY, "smallest").endswith(f"system on 1 ({CORE}).")
    assert "phase3 on 1" in sentence(apart) and "mimalloc on none" in sentence(apart)


def test_arms_that_were_not_compared_are_told_by_their_intervals(apart: Run) -> None:
    assert apart.comparison(CORE, SPEED, "mimalloc", "system") is None
    assert lead.leads(apart, CORE, SPEED, "mimalloc", "system")
    assert not lead.leads(apart, CORE, SPEED, "system", "mimalloc")
    assert lead.leads(apart, CORE, MEMORY, "system", "mimalloc")


def test_without_a_noise_floor_nobody_leads_whom_no_verdict_names(apart: Run) -> None:
    apart.noise.clear()
    assert not lead.leads(apart, CORE, SPEED, "mimalloc", "system")


def sentence(run: Run) -> str:
    fields: dict[str, Any] = {workload: pareto.points(run, workload) for workload in run.workloads}
    return pareto.conclusion(run, fields)
