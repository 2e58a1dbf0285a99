"""Names at the ends of lines: within their panel and apart, however many lines there are."""

from __future__ import annotations

import pytest
from labreport.figure import Panel
from labreport.sections.drift import LABEL_UNITS, end_labels, height_for


@pytest.mark.parametrize("count", [1, 2, 6, 13, 20])
def test_names_stay_within_the_panel(count: int) -> None:
    panel = Panel(height_for(count, 196), left=46, right=102)
    panel.axes.set_ylim(0, 1)
    end_labels(panel, [(1.0, f"name{number}", "#000000") for number in range(count)])
    places = sorted(text.xy[1] for text in panel.axes.texts)
    assert len(places) == count and -1e-9 <= places[0] and places[-1] <= 1 + 1e-9
    units = panel.axes.get_position().height * panel.height
    assert all((high - low) * units >= LABEL_UNITS - 1e-6 for low, high in zip(places, places[1:]))
