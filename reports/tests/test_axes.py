"""Axes: few round ticks in units that can be read, names that do not lie on each other."""

from __future__ import annotations

import pytest

from labreport.sections.latency import time_name, time_ticks
from labreport.sections.pareto import name_of


@pytest.mark.parametrize("low, high, ticks", [
    (12, 120, [20, 50, 100]), (15, 3000, [20, 50, 100, 200, 500, 1000, 2000]),
    (9, 2e6, [10, 100, 1e3, 1e4, 1e5, 1e6]), (30, 45, []),
])
def test_times_have_few_round_ticks(low: float, high: float, ticks: list[float]) -> None:
    assert time_ticks(low, high) == pytest.approx(ticks)


def test_times_have_the_unit_that_suits_them() -> None:
    assert [time_name(value) for value in (20, 999, 1e3, 5e4, 2e6, 1e9)] == [
        "20 ns", "999 ns", "1 µs", "50 µs", "2 ms", "1 s"]


def test_many_phases_are_named_by_their_numbers() -> None:
    assert name_of("phase7", 11) == "7"
    assert name_of("phase3", 6) == "phase3"
    assert name_of("mimalloc", 11) == "mimalloc"
