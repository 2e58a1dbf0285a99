"""Crowd: how drawings of one line for each allocator stay readable with many of them.

Beyond a handful of lines, those that the run is about (the hero, its rivals, whatever is no phase) keep colour and
name; the phases in between are the ground that they stand on, named when pointed at and in the table.
"""

from __future__ import annotations

from typing import Any

from labreport.palette import MUTED, Palette
from labreport.run import Run

LINES_NAMED = 8  # as many colours as an eye can keep apart
KEY = " Thin and grey: the phases in between; their names show on pointing at them, their figures in the table."


def foreground(run: Run) -> list[str]:
    """The arms that keep colour and name."""
    if len(run.arms) <= LINES_NAMED:
        return run.arms
    named = {run.hero, *run.rivals}
    return [arm for arm in run.arms if arm in named or arm not in run.phases]


def is_named(run: Run, arm: str) -> bool:
    """Whether the arm keeps colour and name; one that the run does not plan does."""
    return arm not in run.arms or arm in foreground(run)


def key(run: Run) -> str:
    """What to say of the grey lines, where there are some."""
    return KEY if len(foreground(run)) < len(run.arms) else ""


def line_style(run: Run, palette: Palette, arm: str) -> dict[str, Any]:
    """For matplotlib: the arm's colour, or the ground's."""
    if is_named(run, arm):
        return {"color": palette[arm].placeholder, "lw": 1.6}
    return {"color": MUTED, "alpha": 0.4, "lw": 0.9, "zorder": 1.8}
