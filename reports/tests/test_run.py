"""The run: its own arithmetic agrees with what the lab wrote, and it knows whom it is about."""

from __future__ import annotations

from math import exp, log
from pathlib import Path
from statistics import median

import pytest
from labreport.folder import read_folder
from labreport.run import Run
from labreport.sections.drift import Course, conclusion
from labreport.sections.pareto import frontier
from synthetic import make_run, write_run


@pytest.fixture()
def run(tmp_path: Path) -> Run:
    return read_folder(write_run(tmp_path / "run", *make_run(rounds=10)))


def test_ratios_round_by_round_have_the_median_of_run_json(golden: Path) -> None:
    """The C writer and this reader get the same ratio from the same samples."""
    read = read_folder(golden)
    checked = 0
    for row in read.comparisons:
        if row.ratio is not None:
            ratios = read.round_ratios(row.workload, row.metric, row.candidate, row.baseline)
            assert len(ratios) == row.rounds
            assert exp(median(log(value) for _, value in ratios)) == pytest.approx(row.ratio, rel=1e-9), row
            checked += 1
    assert checked > 60


def test_the_hero_is_the_newest_phase_and_its_rivals_begin_with_the_baseline(run: Run) -> None:
    assert run.hero == "phase3"
    assert run.rivals == ["phase0", "mimalloc", "system"]
    assert run.phases == ["phase0", "phase1", "phase2", "phase3"]
    assert run.floor_arm == "floor"
    assert "floor" not in run.arms and "phase3#aa" not in run.arms


def test_the_hero_of_a_plain_comparison_is_its_candidate(tmp_path: Path) -> None:
    raw, samples = make_run(rounds=6)
    raw["comparisons"] = [dict(row, candidate="mimalloc", baseline="system") for row in raw["comparisons"][:1]]
    assert read_folder(write_run(tmp_path / "run", raw, samples)).hero == "mimalloc"


def test_the_frontier_holds_who_is_not_beaten_in_both() -> None:
    points = [("small", 1.0, 5.0), ("beaten", 2.0, 4.0), ("quick", 3.0, 9.0), ("slow", 3.0, 8.0)]
    assert [point[0] for point in frontier(points)] == ["small", "quick"]


def test_drift_is_said_when_it_exceeds_the_noise_floor(run: Run) -> None:
    steady = Course("random_mixed", "phase3", "phase0", [(turn, 1.4) for turn in range(8)])
    moving = Course("random_mixed", "phase3", "system", [(turn, 1.4 + 0.1 * (turn > 3)) for turn in range(8)])
    assert "no drift is seen" in conclusion(run, [steady])
    assert "1 ratio of 2 moved by more than the noise floor" in conclusion(run, [steady, moving])
