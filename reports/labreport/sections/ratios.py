"""Ratios: every comparison of the run as a forest plot, with its interval, the noise floor and the verdict in words."""

from __future__ import annotations

import math
from collections import Counter

from labreport.comparison import Comparison
from labreport.figure import SMALL_SIZE, Panel
from labreport.palette import BAND, GRID, GROUND, INK, MUTED, Palette
from labreport.run import MEMORY, SPEED, Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.selftest import smallest_effect
from labreport.units import count, listing, metric_name, percent, ratio, ratio_interval, short

ROW_HEIGHT = 34  # a line of words and, below it, the mark with its interval
FRAME_HEIGHT = 74
TRACK_REACH = 0.2  # of a row, to both sides of the mark
WORDS_UP, MARK_DOWN = 0.22, 0.22  # of a row, from its middle
LABEL_LIMIT = 26
TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.33, 0.5, 0.67, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 1.0, 1.002, 1.005,
         1.01, 1.02, 1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 50.0, 100.0]
TICKS_SHOWN = 5
TICK_DISTANCE = 0.12  # of the axis, between two labels
SMALLEST_SPAN = math.log(1.02)


def build(run: Run, palette: Palette) -> Section | None:
    charts = [chart for metric in (SPEED, MEMORY) if (chart := metric_chart(run, palette, metric)) is not None]
    if not charts:
        return None
    return Section("ratios", "Ratios", conclusion(run), charts=charts, details=[numbers(run)])


def conclusion(run: Run) -> str:
    rows = [row for metric in (SPEED, MEMORY) for row in run.compared(metric)]
    tally = Counter(row.verdict for row in rows)
    parts = [f"{number} {verdict}" for verdict, number in tally.most_common()]
    floors = [(row.floor, row) for row in run.noise if row.floor is not None and row.metric == SPEED]
    words = f"Of {count(len(rows), 'comparison')}: {listing(parts)}."
    if not floors:
        return f"{words} {no_floor(run)}"
    low, high = min(floors, key=lambda item: item[0]), max(floors, key=lambda item: item[0])
    return (f"{words} The noise floor for speed lies between {percent(low[0])} ({low[1].workload}) and "
            f"{percent(high[0])} ({high[1].workload}): below it nothing is called a difference.")


def no_floor(run: Run) -> str:
    if run.noise:
        return "The control ran in too few rounds for a noise floor."
    return "There was no control arm, so no noise floor is known."


def metric_chart(run: Run, palette: Palette, metric: str) -> Chart | None:
    panels = []
    for workload in run.workloads:
        rows = [row for row in ordered(run, metric) if row.workload == workload]
        if any(row.ratio is not None for row in rows):
            panels.append((workload, forest(run, palette, workload, metric, rows)))
    if not panels:
        return None
    better = "more operations per second" if metric == SPEED else "less memory"
    key = (f"Right of 1: the first named is better ({better}). Line: interval. Grey band: the noise floor. "
           "Log axis, each panel with its own scale.")
    return Chart(f"ratios-{metric}", f"Ratio of {metric_name(metric)}", drawings(panels), key)


def ordered(run: Run, metric: str) -> list[Comparison]:
    """The hero's contests first."""
    return sorted(run.compared(metric), key=lambda row: row.candidate != run.hero)


def forest(run: Run, palette: Palette, workload: str, metric: str, rows: list[Comparison]) -> str:
    panel = Panel(FRAME_HEIGHT + ROW_HEIGHT * len(rows), left=6, right=6)
    panel.title(workload, f"ratio of {metric_name(metric)}, {rounds_words(rows)}")
    axes = panel.axes
    axes.set_xscale("log")
    axes.set_ylim(len(rows) - 0.5, -0.5)
    floor = floor_of(run, workload, metric)
    set_scale(panel, rows, floor)
    axes.set_yticks([])
    for place, row in enumerate(rows):
        draw_track(panel, place + MARK_DOWN, floor)
        draw_row(panel, place, row, palette)
    words = "; ".join(f"{row.candidate} against {row.baseline}: {row.words}" for row in rows)
    return panel.render(f"{workload}, ratio of {metric_name(metric)}. {words}", palette)


def rounds_words(rows: list[Comparison]) -> str:
    most = max(row.rounds for row in rows)
    return f"n = {count(most, 'round')}"


def floor_of(run: Run, workload: str, metric: str) -> float:
    noise = run.noise_of(workload, metric)
    return noise.floor if noise is not None and noise.floor is not None else 0.0


def set_scale(panel: Panel, rows: list[Comparison], floor: float) -> None:
    axes = panel.axes
    ends = [value for row in rows for value in (row.ratio, row.ci_low, row.ci_high) if value is not None]
    ends += [1.0, 1 + floor, 1 / (1 + floor)]
    low, high = math.log(min(ends)), math.log(max(ends))
    spare = max((high - low) * 0.06, SMALLEST_SPAN / 4)
    low, high = low - spare, high + spare
    axes.set_xlim(math.exp(low), math.exp(high))
    ticks = choose_ticks(low, high)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.spines["bottom"].set_visible(False)


def choose_ticks(low: float, high: float) -> list[float]:
    """1 and the round ratios farthest out, then what fits between without labels that touch."""
    inside = [tick for tick in TICKS if low <= math.log(tick) <= high]
    chosen = [1.0]
    for tick in sorted(inside, key=lambda tick: -abs(math.log(tick))):
        room = min(abs(math.log(tick) - math.log(other)) for other in chosen)
        if room > TICK_DISTANCE * (high - low) and len(chosen) < TICKS_SHOWN:
            chosen.append(tick)
    return sorted(chosen)


def draw_track(panel: Panel, height: float, floor: float, reach: float = TRACK_REACH) -> None:
    """The ground of one row: the noise floor as a band, 1 as a stroke; the words above it stay free."""
    axes = panel.axes
    if floor:
        low = 1 / (1 + floor)
        axes.barh(height, 1 + floor - low, left=low, height=2 * reach, color=BAND, lw=0, zorder=0)
    axes.axhline(height, color=GRID, lw=0.7, zorder=0.5)
    axes.plot([1, 1], [height - reach, height + reach], color=INK, lw=1, zorder=1)


def draw_row(panel: Panel, place: int, row: Comparison, palette: Palette) -> None:
    tint, axes, height = palette[row.candidate], panel.axes, place + MARK_DOWN
    if row.ci_low is not None and row.ci_high is not None:
        axes.plot([row.ci_low, row.ci_high], [height, height], color=tint.placeholder, lw=2.4, solid_capstyle="butt")
    if row.ratio is not None:
        axes.plot([row.ratio], [height], tint.marker, ms=7, color=tint.placeholder, mec=GROUND, mew=0.8)
    settled = row.verdict in ("faster", "slower", "smaller", "larger")
    style = {"color": INK if settled else MUTED, "weight": "bold" if settled else "normal"}
    row_words(panel, place, "left", contest(row), {"color": INK})
    number = "" if row.ratio is None else f"{ratio(row.ratio)} "
    row_words(panel, place, "right", f"{number}{row.verdict if row.ratio is not None else 'no claim'}", style)
    panel.row_tip(place, f"{row.candidate} against {row.baseline}: {row.words}")


def contest(row: Comparison) -> str:
    """Who against whom; long names are cut one by one, so that both can be told."""
    words = f"{row.candidate} ÷ {row.baseline}"
    if len(words) <= LABEL_LIMIT:
        return words
    each = (LABEL_LIMIT - 3) // 2
    spare = max(0, each - min(len(row.candidate), len(row.baseline)))
    return f"{short(row.candidate, each + spare)} ÷ {short(row.baseline, each + spare)}"


def row_words(panel: Panel, place: int, side: str, words: str, style: dict[str, str]) -> None:
    """Words over a row's track."""
    panel.axes.annotate(words, (0 if side == "left" else 1, place - WORDS_UP), ha=side, va="center_baseline",
                        xycoords=("axes fraction", "data"), size=SMALL_SIZE, **style)


def numbers(run: Run) -> Table:
    head = ["workload", "metric", "candidate", "baseline", "ratio", "interval", "confidence", "rounds", "verdict",
            "in words"]
    rows = [
        [
            Cell(row.workload, row.workload), Cell(metric_name(row.metric), row.metric),
            Cell(row.candidate, row.candidate, tint=row.candidate), Cell(row.baseline, row.baseline, tint=row.baseline),
            Cell(ratio(row.ratio), row.ratio), Cell(ratio_interval(row.ci_low, row.ci_high) or "–", row.ci_low),
            Cell(percent(row.confidence, 0), row.confidence), Cell(str(row.rounds), row.rounds),
            Cell(row.verdict, row.verdict), Cell(row.words, row.words),
        ]
        for row in run.comparisons
    ]
    caption = "Every comparison, as in run.json; a ratio above 1 means that the candidate is better"
    return Table(head, rows, f"{caption}; {smallest_effect(run)}")
