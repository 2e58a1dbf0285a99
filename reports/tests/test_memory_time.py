"""Memory over time: curves in shares of the work's time, and what a damaged one costs."""

from __future__ import annotations

from typing import Any

from labreport.sections.memory_time import Point, conclusion, curve_of, keepers, residue_of
from labreport.units import MIB
from synthetic import later_data, make_run


def rows() -> list[dict[str, Any]]:
    run, _ = make_run(rounds=1)
    later_data(run)
    return list(run["memory_over_time"])


def test_a_curve_runs_from_0_to_100_percent() -> None:
    row = {"curve": [[1.0, 2 * MIB, MIB], [4.0, 8 * MIB, 0]]}
    assert curve_of(row) == [Point(25.0, 2.0, 1.0), Point(100.0, 8.0, 0.0)]


def test_damaged_points_are_left_out() -> None:
    row = {"curve": [[1.0, MIB, MIB], [2.0, None, MIB], "x", [3.0], [2.0, MIB, "many"]],
           "residue": [{"after_s": 1}, 4, {"after_s": 5, "rss_bytes": 7}]}
    assert curve_of(row) == [Point(100.0, 1.0, 1.0)]
    assert residue_of(row) == [(5, 7)]
    assert curve_of({}) == curve_of({"curve": [[0, 1, 1]]}) == []


def test_who_keeps_memory_is_said() -> None:
    assert keepers(rows()) == ["mimalloc on 1 of 1"]
    words = conclusion(rows(), rows())
    assert "from 2.00 (phase3 on random_mixed) to 3.00 (mimalloc on random_mixed)" in words
    assert words.endswith("One process each: no interval, no claim.")
