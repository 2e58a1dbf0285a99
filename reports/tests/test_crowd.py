"""Drawings with a line for each allocator keep those apart that the run is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import synthetic
from labreport import crowd, section
from labreport.folder import read_folder
from labreport.palette import MUTED, palette_of
from labreport.run import Run
from labreport.sections import latency, memory_time, slow_calls
from synthetic import make_run, write_run

PHASES = [f"phase{number}" for number in range(10)]
ARMS = [*PHASES, "mimalloc", "system"]


def rows_of(arms: list[str]) -> dict[str, list[dict[str, object]]]:
    curve = [[share, 20 + 50 * share] for share in (0.5, 0.9, 0.99, 0.999)]
    seen = [[moment / 10, 4 << 20, 2 << 20] for moment in range(10)]
    slow = {"above_ns": 90, "n": 10, "allocator_known": True, "causes": {"page_fault": 10}}
    return {
        "latency": [{"workload": "random_mixed", "allocator": arm, "operation": call, "n": 1000, "curve": curve,
                     "floor_p50_ns": 14, "slow": slow} for arm in arms for call in ("malloc", "free")],
        "memory_over_time": [{"workload": "random_mixed", "allocator": arm, "peak_rss_bytes": 4 << 20, "curve": seen,
                              "residue": [{"after_s": 1, "rss_bytes": 3 << 20}]} for arm in arms],
    }


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A lab of ten phases and two peers, on one workload."""
    monkeypatch.setattr(synthetic, "ARMS", {arm: 1 + place / 20 for place, arm in enumerate(ARMS)})
    monkeypatch.setattr(synthetic, "HERO", PHASES[-1])
    run, samples = make_run(rounds=8, workloads=["random_mixed"], arms=ARMS)
    return read_folder(write_run(tmp_path / "run", {**run, **rows_of(ARMS)}, samples))


def test_few_arms_are_all_named(full: Path) -> None:
    run = read_folder(full)
    assert crowd.foreground(run) == run.arms and crowd.key(run) == ""


def test_of_many_the_first_phase_the_hero_and_the_peers_are_named(lab: Run) -> None:
    assert crowd.foreground(lab) == ["phase0", "phase9", "mimalloc", "system"]
    assert crowd.is_named(lab, "phase9") and not crowd.is_named(lab, "phase4") and crowd.is_named(lab, "elsewhere")
    assert crowd.line_style(lab, palette_of(lab), "phase4")["color"] == MUTED


@pytest.mark.parametrize("module", [latency, memory_time])
def test_only_named_lines_have_labels_and_all_have_tips(module: Any, lab: Run) -> None:
    made = module.build(lab, palette_of(lab))
    drawing = made.charts[0].panels[0].svg
    labels = [arm for arm in ARMS if f">{arm}</text>" in drawing]
    assert labels == crowd.foreground(lab)
    assert all(f"<title>{arm}: " in drawing for arm in ARMS)
    assert made.charts[0].key.endswith(crowd.KEY)
    assert {cell.tint for row in made.details[0].rows for cell in row if cell.tint} == set(ARMS)


def test_what_stays_resident_is_told_of_the_named(lab: Run) -> None:
    made = memory_time.build(lab, palette_of(lab))
    assert made is not None and "phase9 on 1 of 1" in made.conclusion and "phase4" not in made.conclusion


def test_a_long_table_of_slow_calls_is_folded(lab: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made = slow_calls.build(lab, palette_of(lab))
    assert made is not None and len(made.tables) == 1 and not made.details
    monkeypatch.setattr(section, "ROWS_OPEN", 2 * len(ARMS) - 1)
    folded = slow_calls.build(lab, palette_of(lab))
    assert folded is not None and not folded.tables and folded.details[0].rows == made.tables[0].rows
