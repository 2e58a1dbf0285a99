"""The chart by phase, drawn with gnuplot: a mark with its interval for each phase, dashed lines for other allocators.

Where a run has no two phases, its allocators stand side by side in the same way, unconnected.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from labreport.estimate import Estimate
from labreport.events import Events
from labreport.gnuplot import draw
from labreport.labels import spread_out
from labreport.palette import GRID, INK, MUTED, Palette
from labreport.run import SPEED, Run
from labreport.units import Scale, scale_for, short

PHASES_MIN = 2
HEAD_ROOM = 1.12
TICKS_WANTED = 4.5
NAMED_MAX = 6  # phases
SMALL_TICKS_FROM = 11  # phases; from here on two numbers of two digits are neighbours
LABEL_DISTANCE = 0.09  # of the axis
PER_KILO_OP = 1e-3
COUNTER_NAMES = {"l1_misses": "first-level misses", "l1d_misses": "first-level misses of loads",
                 "ll_misses": "last-level misses", "llc_misses": "last-level misses"}


@dataclass(frozen=True)
class PhaseChart:
    """What one panel shows: one figure on one workload."""

    workload: str
    rows: list[Estimate]  # along the axis
    others: list[Estimate]  # as lines across
    scale: Scale
    connected: bool

    @property
    def crowded(self) -> bool:
        """Too many phases for their names to stand side by side."""
        return self.connected and len(self.rows) > NAMED_MAX

    @property
    def detail(self) -> str:
        """Unit and n; what is simulated has no n."""
        sizes = {row.n for row in self.rows}
        n = "" if sizes == {1} else f", n = {min(sizes)}" + (f" to {max(sizes)}" if len(sizes) > 1 else "")
        return self.scale.unit + (" by phase" if self.crowded else "") + n

    @property
    def words(self) -> str:
        rows = "; ".join(f"{row.allocator} {self.scale.text(row.median)}" for row in self.rows + self.others)
        return f"{self.workload}, {self.detail}: {rows}"


def speed_charts(run: Run) -> list[PhaseChart]:
    """Operations per second, for each workload that has two of what is compared."""
    rows = [row for row in run.estimates if row.metric == SPEED]
    return charts(run, rows, lambda values: scale_for(SPEED, values))


def event_charts(run: Run, events: Events) -> list[PhaseChart]:
    name = COUNTER_NAMES.get(events.counter, events.counter.replace("_", " "))
    unit = f"{name} per 1000 ops, {events.state}"
    return charts(run, events.rows, lambda values: Scale(unit, PER_KILO_OP))


def charts(run: Run, rows: list[Estimate], scale_of: Callable[[list[float]], Scale]) -> list[PhaseChart]:
    found = {(row.workload, row.allocator): row for row in rows}
    phased = len(run.phases) >= PHASES_MIN
    along = run.phases if phased else run.arms
    made = []
    for workload in run.workloads:
        own = [row for arm in along if (row := found.get((workload, arm))) is not None]
        others = [row for arm in run.arms if arm not in along and (row := found.get((workload, arm))) is not None]
        if len(own) >= PHASES_MIN:
            made.append(PhaseChart(workload, own, others, scale_of([row.median for row in own + others]), phased))
    return made


def panel(chart: PhaseChart, palette: Palette) -> str:
    """The chart as SVG for the page; raises NoGnuplot."""
    names = [tick_name(chart, row) for row in chart.rows] + [short(row.allocator, 12) for row in chart.others]
    return draw(script(chart, palette), chart.words, palette, [chart.workload, chart.detail, *names])


def script(chart: PhaseChart, palette: Palette) -> str:
    rows, others, scale = chart.rows, chart.others, chart.scale
    high = top(chart) * HEAD_ROOM
    lines = [
        "set terminal svg size 336,256 font 'sans,11' noenhanced",
        f"set label 1 '@@0@@' at screen 0.006,0.955 font 'sans:Bold,13.5' tc rgb '{INK}'",
        f"set label 2 '@@1@@' at screen 0.006,0.893 font ',11' tc rgb '{MUTED}'",
        "set lmargin at screen 0.12; set rmargin at screen 0.74; set tmargin at screen 0.80",
        "set bmargin at screen 0.17; set format y '%g'",
        f"set border 1 lc rgb '{GRID}'; set tics nomirror scale 0 tc rgb '{MUTED}'",
        f"set ytics {tick_step(high):.6g}; set grid ytics lt 1 lc rgb '{GRID}' lw 0.7",
        f"set xrange [-0.4:{len(rows) - 0.6}]; set yrange [0:{high:.6g}]; unset key; set bars 0",
        "set xtics (" + ", ".join(tick(chart, place) for place in range(len(rows))) + ")" + tick_font(chart),
    ]
    lines += other_lines(others, high, 2 + len(rows), scale, palette)
    lines += ["$phases << END"] + [point(place, row, scale) for place, row in enumerate(rows)] + ["END"]
    marks = [f"$phases every ::{place}::{place} using 1:2:3:4 with yerrorbars pt 7 ps 0.7 lw 2.4 "
             f"lc rgb '{palette[row.allocator].placeholder}'" for place, row in enumerate(rows)]
    path = [f"$phases using 1:2 with lines lw 1.2 lc rgb '{MUTED}'"] if chart.connected else []
    lines.append("plot " + ", ".join([*path, *marks]))
    return "\n".join(lines) + "\n"


def top(chart: PhaseChart) -> float:
    """The highest value on the axis, in its unit; never 0, which would be no axis."""
    highest = max([row.ci_high or row.median for row in chart.rows] + [row.median for row in chart.others])
    return chart.scale.of(highest) or 1.0


def tick_name(chart: PhaseChart, row: Estimate) -> str:
    return row.allocator.removeprefix("phase") if chart.crowded else row.allocator


def tick(chart: PhaseChart, place: int) -> str:
    """A phase's name under the axis and its value in the line below, where no line of the chart can cross it."""
    inner = chart.crowded and 0 < place < len(chart.rows) - 1
    value = "" if inner else chart.scale.text(chart.rows[place].median)
    return f'"@@{2 + place}@@\\n{value}" {place}'


def tick_font(chart: PhaseChart) -> str:
    """Numbers of two digits side by side need a smaller one."""
    return " font ',10'" if len(chart.rows) > SMALL_TICKS_FROM else ""


def tick_step(high: float) -> float:
    """A round distance that gives about four ticks."""
    rough = high / TICKS_WANTED
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough)


def point(place: int, row: Estimate, scale: Scale) -> str:
    low = row.median if row.ci_low is None else row.ci_low
    high = row.median if row.ci_high is None else row.ci_high
    return f"{place} {scale.of(row.median):.6g} {scale.of(low):.6g} {scale.of(high):.6g}"


def other_lines(others: list[Estimate], high: float, first_word: int, scale: Scale, palette: Palette) -> list[str]:
    """A dashed line for each other allocator, its name at the right edge, moved apart where names would touch."""
    lines = []
    values = [scale.of(row.median) for row in others]
    places = spread_out(values, high * LABEL_DISTANCE, 0.0, high)
    for word, (row, value, place) in enumerate(zip(others, values, places), start=first_word):
        colour = palette[row.allocator].placeholder
        lines.append(f"set arrow from graph 0,first {value:.6g} to graph 1,first {value:.6g} nohead dt (6,4) lw 1.4 "
                     f"lc rgb '{colour}'")
        lines.append(f"set label '@@{word}@@' at graph 1.02,first {place:.6g} left font ',11' tc rgb '{INK}'")
    return lines
