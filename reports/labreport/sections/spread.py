"""Spread: the distribution of every arm's samples around its own median."""

from __future__ import annotations

from statistics import median, quantiles

from labreport.figure import SMALL_SIZE, Panel
from labreport.palette import MUTED, Palette
from labreport.run import SPEED, Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.units import percent, short, signed

SAMPLES_MIN = 4
ROW_HEIGHT = 26
FRAME_HEIGHT = 70

Spread = tuple[str, str, list[float]]  # workload, arm, each sample's distance from the median as a share


def build(run: Run, palette: Palette) -> Section | None:
    spreads = [(workload, arm, around_median(run.values(workload, arm, SPEED)))
               for workload in run.workloads for arm in arms(run)]
    spreads = [spread for spread in spreads if len(spread[2]) >= SAMPLES_MIN]
    if not spreads:
        return None
    panels = []
    for workload in run.workloads:
        own = [spread for spread in spreads if spread[0] == workload]
        if own:
            panels.append((workload, draw(palette, workload, own)))
    key = "Each dot is one process. Box: middle half of the samples. Bar: the median, set to 0 for each allocator."
    chart = Chart("spread", "Distance of each sample from its median", drawings(panels), key)
    return Section("spread", "Distributions", conclusion(spreads), charts=[chart], details=[numbers(spreads)])


def arms(run: Run) -> list[str]:
    return run.arms + ([run.floor_arm] if run.floor_arm else [])


def around_median(values: list[float]) -> list[float]:
    if not values:
        return []
    centre = median(values)
    return [value / centre - 1 for value in values]


def quartiles(shares: list[float]) -> tuple[float, float]:
    low, _, high = quantiles(shares, n=4, method="inclusive")
    return low, high


def width(spread: Spread) -> float:
    low, high = quartiles(spread[2])
    return high - low


def farthest(spread: Spread) -> float:
    return max(abs(share) for share in spread[2])


def conclusion(spreads: list[Spread]) -> str:
    widest, narrowest = max(spreads, key=width), min(spreads, key=width)
    far = max(spreads, key=farthest)
    return (f"The middle half of the samples spans from {percent(width(narrowest))} of the median ({narrowest[1]} on "
            f"{narrowest[0]}) to {percent(width(widest))} ({widest[1]} on {widest[0]}). The farthest single sample "
            f"lies {percent(farthest(far))} from its median ({far[1]} on {far[0]}).")


def draw(palette: Palette, workload: str, spreads: list[Spread]) -> str:
    panel = Panel(FRAME_HEIGHT + ROW_HEIGHT * len(spreads), left=92, right=56)
    panel.title(workload, f"% of the median speed, n = {max(len(spread[2]) for spread in spreads)}")
    axes = panel.axes
    for row, spread in enumerate(spreads):
        draw_row(panel, row, spread, palette)
    reach = max(abs(share) for spread in spreads for share in spread[2]) * 108
    axes.set_xlim(-max(reach, 0.5), max(reach, 0.5))
    axes.set_ylim(len(spreads) - 0.5, -0.5)
    axes.set_yticks(range(len(spreads)), [short(spread[1], 14) for spread in spreads])
    axes.xaxis.set_major_formatter(lambda value, _: signed(f"{value:+g}") if value else "0")
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)
    words = "; ".join(f"{spread[1]} middle half {percent(width(spread))}" for spread in spreads)
    return panel.render(f"{workload}, samples around their median: {words}", palette)


def draw_row(panel: Panel, row: int, spread: Spread, palette: Palette) -> None:
    _, arm, shares = spread
    axes = panel.axes
    colour = palette[arm].placeholder
    low, high = quartiles(shares)
    axes.barh(row, (high - low) * 100, left=low * 100, height=0.6, color=colour, alpha=0.22, lw=0)
    axes.plot([0, 0], [row - 0.3, row + 0.3], color=colour, lw=1.6)
    heights = [row + ((index * 0.6180339887) % 1 - 0.5) * 0.5 for index in range(len(shares))]
    axes.plot([share * 100 for share in shares], heights, "o", ms=3.2, color=colour, alpha=0.8, mew=0)
    axes.annotate(percent(high - low), (1, row), xycoords=("axes fraction", "data"), xytext=(6, 0),
                  textcoords="offset points", va="center_baseline", size=SMALL_SIZE, color=MUTED)
    panel.row_tip(row, f"{arm}: {len(shares)} samples, middle half {percent(low)} to {percent(high)}, "
                       f"all {percent(min(shares))} to {percent(max(shares))}")


def numbers(spreads: list[Spread]) -> Table:
    head = ["workload", "allocator", "n", "lowest", "quarter", "three quarters", "highest", "middle half"]
    rows = []
    for workload, arm, shares in spreads:
        low, high = quartiles(shares)
        figures = [min(shares), low, high, max(shares), high - low]
        rows.append([Cell(workload, workload), Cell(arm, arm, tint=arm), Cell(str(len(shares)), len(shares)),
                     *[Cell(percent(figure), figure) for figure in figures]])
    return Table(head, rows, "Distance from the arm's own median")
