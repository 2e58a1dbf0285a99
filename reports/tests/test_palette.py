"""The palette: a look of its own for each allocator, seen on both grounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from labreport.palette import FLOOR_COLOURS, PEER_COLOURS, PHASE_COLOURS, PHASE_MARKERS, SPARE_COLOURS, Palette

PHASES = sorted((Path(__file__).parents[2] / "allocator" / "phases").glob("phase*.mk"))
ALL = [*PHASE_COLOURS, *PEER_COLOURS.values(), *SPARE_COLOURS, FLOOR_COLOURS]


def lightness(colour: str) -> float:
    parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((lightness(one), lightness(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_phase_has_a_colour_of_its_own() -> None:
    palette = Palette([file.stem for file in PHASES] + [*PEER_COLOURS, "floor"])
    looks = [palette[file.stem] for file in PHASES]
    assert len({tint.light for tint in looks}) == len({tint.dark for tint in looks}) == len(PHASES)
    assert len(PHASE_COLOURS) == len(PHASE_MARKERS)


@pytest.mark.parametrize("light, dark", ALL)
def test_colours_stand_out_from_their_ground(light: str, dark: str) -> None:
    assert contrast(light, "#ffffff") >= 3 and contrast(dark, "#171a1f") >= 3


def test_no_colour_is_used_twice() -> None:
    assert len({light for light, _ in ALL}) == len({dark for _, dark in ALL}) == len(ALL)
