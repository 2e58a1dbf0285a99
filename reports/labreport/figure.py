"""A figure: a matplotlib drawing in the page's visual language.

One panel is a small drawing for one workload, about 336 units wide, which a CSS grid lays out: side by side on a wide
screen, one below the other on a telephone, always at a size where its text can be read.
"""

from __future__ import annotations

import io
import warnings
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labreport import svg
from labreport.palette import GRID, INK, MUTED, Palette

POINTS_PER_INCH = 72
PANEL_WIDTH = 336  # units; about one CSS pixel each
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 13.5, 12.0, 11.0

matplotlib.rcParams.update({
    "svg.fonttype": "none",
    "svg.hashsalt": "hakmem",
    "font.size": TEXT_SIZE,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL_SIZE,
    "ytick.labelsize": TEXT_SIZE,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "path.simplify": True,
})


class Panel:
    """One drawing with its axes; `top` is the space above the axes for the title, in units, and so on around."""

    def __init__(self, height: float, left: float = 88, right: float = 14, top: float = 44, bottom: float = 24,
                 width: float = PANEL_WIDTH) -> None:
        self.width, self.height = width, height
        self.left, self.top = left, top
        self.figure = Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH))
        self.tips: dict[str, str] = {}
        box = (left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height)
        self.axes: Axes = self.figure.add_axes(box)
        for side in ("top", "right", "left"):
            self.axes.spines[side].set_visible(False)
        self.axes.tick_params(length=0, pad=5)
        self.axes.set_axisbelow(True)

    def title(self, name: str, detail: str) -> None:
        """The name of what is shown; below it unit and n."""
        self.label(2, 13, name, size=TITLE_SIZE, weight="bold")
        self.label(2, 29, detail, size=SMALL_SIZE, color=MUTED)

    def label(self, x: float, y: float, text: str, **style: Any) -> None:
        """Text at a place of the drawing, in units from its top left corner."""
        self.figure.text(x / self.width, 1 - y / self.height, text, **{"size": TEXT_SIZE, **style})

    def text(self, x: float, y: float, text: str, **style: Any) -> Any:
        """Text at a place of the axes, in data coordinates."""
        return self.axes.text(x, y, text, **{"size": SMALL_SIZE, **style})

    def tip(self, artist: Any, words: str) -> None:
        name = f"tip{len(self.tips)}"
        artist.set_gid(name)
        self.tips[name] = words

    def row_tip(self, row: float, words: str) -> None:
        """An invisible band over a row, so that the whole row answers the pointer."""
        self.tip(self.axes.axhspan(row - 0.5, row + 0.5, color=GRID, alpha=0, lw=0, zorder=10), words)

    def render(self, alt: str, palette: Palette) -> str:
        target = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a label in a script that the metrics font lacks is still written as text
            self.figure.savefig(target, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        return svg.inline(target.getvalue().decode(), svg.next_prefix(), alt, palette, self.tips)
