"""Bars: one panel that shows the arms of one workload on an axis from zero: median, interval and every sample."""

from __future__ import annotations

from dataclasses import dataclass, field

from labreport.figure import SMALL_SIZE, Panel
from labreport.palette import GROUND, MUTED, Palette
from labreport.units import arm_name, short

ROW_HEIGHT = 24
FRAME_HEIGHT = 70  # title above and axis below the rows
LABEL_LIMIT, LABEL_ROOM = 14, 92
LONG_LABEL_LIMIT, LONG_LABEL_ROOM = 22, 160  # of variants of a phase
JITTER = 0.22  # of a row, to both sides
DOTS_LIMIT = 80  # beyond it single samples merge into a smear


@dataclass(frozen=True)
class Bar:
    """One arm's row, in the unit of the axis."""

    label: str
    median: float
    text: str
    tip: str
    low: float | None = None
    high: float | None = None
    dots: list[float] = field(default_factory=list)
    base: float = 0.0  # the part of the bar that is not the arm's own, drawn grey


def bars_panel(title: str, detail: str, bars: list[Bar], palette: Palette) -> str:
    names = [arm_name(bar.label) for bar in bars]
    long = any(len(name) > LABEL_LIMIT for name in names)
    panel = Panel(FRAME_HEIGHT + ROW_HEIGHT * len(bars), left=LONG_LABEL_ROOM if long else LABEL_ROOM, right=60)
    panel.title(title, detail)
    for row, bar in enumerate(bars):
        draw_bar(panel, row, bar, palette)
    axes = panel.axes
    axes.set_yticks(range(len(bars)), [short(name, LONG_LABEL_LIMIT if long else LABEL_LIMIT) for name in names])
    axes.set_ylim(len(bars) - 0.5, -0.5)
    most = max([bar.high or bar.median for bar in bars] + [dot for bar in bars for dot in bar.dots])
    axes.set_xlim(0, most * 1.04 or 1)
    axes.xaxis.set_major_locator(few_ticks())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)
    words = "; ".join(f"{bar.label} {bar.text}" for bar in bars)
    return panel.render(f"{title}, {detail}: {words}", palette)


def few_ticks() -> object:
    from matplotlib.ticker import MaxNLocator
    return MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10])


def draw_bar(panel: Panel, row: int, bar: Bar, palette: Palette) -> None:
    axes, tint = panel.axes, palette[bar.label]
    if bar.base:
        axes.barh(row, bar.base, height=0.62, color=MUTED, alpha=0.35, lw=0)
    axes.barh(row, bar.median - bar.base, left=bar.base, height=0.62, color=tint.placeholder, alpha=0.22, lw=0)
    if bar.dots:
        heights = [row + jitter(index) for index in range(len(bar.dots))]
        axes.plot(bar.dots, heights, "o", ms=2.4, color=tint.placeholder, alpha=0.6, mew=0)
    if bar.low is not None and bar.high is not None:
        axes.plot([bar.low, bar.high], [row, row], color=tint.placeholder, lw=2, solid_capstyle="butt")
    axes.plot([bar.median], [row], tint.marker, ms=6.5, color=tint.placeholder, mec=GROUND, mew=0.8)
    panel.axes.annotate(bar.text, (1, row), xycoords=("axes fraction", "data"), xytext=(6, 0),
                        textcoords="offset points", va="center_baseline", size=SMALL_SIZE, weight="bold")
    panel.row_tip(row, bar.tip)


def jitter(index: int) -> float:
    """Spread without chance, so that the same run gives the same drawing (the golden ratio fills evenly)."""
    return ((index * 0.6180339887) % 1 - 0.5) * 2 * JITTER
