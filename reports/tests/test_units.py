"""Numbers in words, and places for labels."""

from __future__ import annotations

import pytest
from labreport import units
from labreport.labels import SPOTS, Box, name_spots, spread_out, text_box
from labreport.sections.ratios import choose_ticks


@pytest.mark.parametrize(("value", "text"), [
    (1.2712, "1.27×"), (0.9961, "0.996×"), (1.0, "1.000×"), (0.5312, "0.53×"), (12.34, "12.3×"), (None, "–"),
    (0.02, "0.02×"), (1.0251, "1.03×"),
])
def test_ratio(value: float | None, text: str) -> None:
    assert units.ratio(value) == text


@pytest.mark.parametrize(("low", "high", "text"), [
    (1.24, 1.301, "1.24 to 1.30"), (0.9954, 1.0012, "0.995 to 1.001"), (0.5264, 0.5321, "0.526 to 0.532"),
    (None, 1.0, ""), (1.051, 1.054, "1.051 to 1.054"),
])
def test_ratio_interval(low: float | None, high: float | None, text: str) -> None:
    assert units.ratio_interval(low, high) == text


@pytest.mark.parametrize(("value", "text"), [
    (16530000.0, "16.53"), (217652625.0, "217.7"), (1234567890123.0, "1,234,568"), (2420490.9, "2.42"), (None, "–"),
])
def test_speed(value: float | None, text: str) -> None:
    assert units.quantity(value, "ops_per_sec") == text


def test_scale_suits_the_size() -> None:
    small, large = units.scale_for("ops_per_sec", [23_760.0]), units.scale_for("ops_per_sec", [23_760.0, 2e6])
    assert (small.text(23_760.0), small.unit) == ("23.76", "k ops/sec")
    assert (large.text(23_760.0), large.unit) == ("0.0238", "M ops/sec")


@pytest.mark.parametrize(("share", "text"), [(0.012, "1.2 %"), (-0.5, "−50.0 %"), (0.00004, "0.004 %"), (0.0, "0.0 %")])
def test_percent(share: float, text: str) -> None:
    assert units.percent(share) == text


def test_sizes_and_sentences() -> None:
    assert units.byte_size(25249026048) == "23.5 GiB"
    assert units.byte_size(512) == "512 B"
    assert units.sentence("no PMU") == "No PMU."
    assert units.listing(["a", "b", "c"]) == "a, b and c"
    assert units.count(1, "row") == "1 row" and units.count(1200, "row") == "1,200 rows"
    assert units.short("phase3-without-direct_cache", 14) == "phas…ect_cache"
    assert units.short("phase3", 6) == "phase3"


def test_spread_out_keeps_distance_and_bounds() -> None:
    places = spread_out([0.5, 0.51, 0.99, 1.0], 0.1, 0.0, 1.0)
    assert all(0.0 <= place <= 1.0 for place in places)
    ordered = sorted(places)
    assert all(after - before > 0.0999 for before, after in zip(ordered, ordered[1:]))


def test_names_do_not_lie_on_each_other() -> None:
    marks = [(100.0, 100.0, "phase0"), (104.0, 100.0, "phase1"), (102.0, 103.0, "mimalloc")]
    frame = Box(0, 0, 300, 200)
    spots = name_spots(marks, frame)
    boxes = [text_box(x, y, name, spot) for (x, y, name), spot in zip(marks, spots)]
    assert all(spot in SPOTS for spot in spots)
    assert all(one.overlap(other) == 0 for index, one in enumerate(boxes) for other in boxes[:index])
    assert all(box.outside(frame) == 0 for box in boxes)


def test_ticks_are_few_and_hold_one() -> None:
    for low, high in ((-0.5, 0.7), (-0.01, 0.01), (-4.0, 4.0), (0.0, 0.001)):
        chosen = choose_ticks(low, high)
        assert 1.0 in chosen and len(chosen) <= 5


def test_a_sentence_never_capitalises_a_name() -> None:
    names = ["phase1", "mimalloc"]
    assert units.sentence("phase1 failed", names) == "phase1 failed."
    assert units.sentence("mimalloc: failed.", names) == "mimalloc: failed."
    assert units.sentence("phase10 failed", names) == "Phase10 failed."
    assert units.sentence("phase1-without failed", names) == "Phase1-without failed."
    assert units.sentence("the clock failed", names) == "The clock failed."
    assert units.sentence("", names) == ""
