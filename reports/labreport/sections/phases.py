"""Phases: the harness' phase chart, drawn with gnuplot: operations per second by phase, other allocators as lines."""

from __future__ import annotations

import math

from labreport.estimate import Estimate
from labreport.gnuplot import NoGnuplot, draw
from labreport.labels import spread_out
from labreport.palette import GRID, INK, MUTED, Palette
from labreport.run import SPEED, Run
from labreport.section import Chart, Section, drawings
from labreport.units import Scale, gain, scale_for, short

PHASES_MIN = 2
HEAD_ROOM = 1.12
TICKS_WANTED = 4.5
LABEL_DISTANCE = 0.09  # of the axis


def build(run: Run, palette: Palette) -> Section | None:
    if len(run.phases) < PHASES_MIN:
        return None
    title = "Phase by phase"
    try:
        panels = [(workload, panel) for workload in run.workloads
                  if (panel := chart(run, palette, workload)) is not None]
    except NoGnuplot as reason:
        return Section("phases", title, conclusion(run), paragraphs=[f"There is no chart here: {reason}."])
    key = "Marks: median of each phase, with its 95 % interval. Dashed lines: the other allocators. Axes start at zero."
    charts = [Chart("phases", "Operations per second by phase", drawings(panels), key)] if panels else []
    return Section("phases", title, conclusion(run), charts=charts)


def conclusion(run: Run) -> str:
    """What the newest phase brought against the oldest, in the words of the medians."""
    first, last = run.phases[0], run.phases[-1]
    gains = []
    for workload in run.workloads:
        before, after = run.estimate(workload, first, SPEED), run.estimate(workload, last, SPEED)
        if before is not None and after is not None and before.median > 0:
            gains.append((after.median / before.median, workload))
    if not gains:
        return f"{first} and {last} share no workload."
    most, least = max(gains), min(gains)
    words = f"From {first} to {last} the median speed changes most on {most[1]} ({gain(most[0])})"
    return f"{words} and least on {least[1]} ({gain(least[0])})." if most != least else f"{words}."


def chart(run: Run, palette: Palette, workload: str) -> str | None:
    rows = [row for arm in run.phases if (row := run.estimate(workload, arm, SPEED)) is not None]
    if len(rows) < PHASES_MIN:
        return None
    others = [row for arm in run.arms
              if arm not in run.phases and (row := run.estimate(workload, arm, SPEED)) is not None]
    scale = scale_for(SPEED, [row.median for row in rows + others])
    sizes = {row.n for row in rows}
    detail = f"{scale.unit} by phase, n = {min(sizes)}" + (f" to {max(sizes)}" if len(sizes) > 1 else "")
    words = [workload, detail] + [row.allocator for row in rows] + [short(row.allocator, 12) for row in others]
    alt = "; ".join(f"{row.allocator} {scale.text(row.median)}" for row in rows + others)
    return draw(script(rows, others, scale, palette), f"{workload}, {detail}: {alt}", palette, words)


def script(rows: list[Estimate], others: list[Estimate], scale: Scale, palette: Palette) -> str:
    top = max([row.ci_high or row.median for row in rows] + [row.median for row in others])
    high = scale.of(top) * HEAD_ROOM
    lines = [
        "set terminal svg size 336,256 font 'sans,11' noenhanced",
        f"set label 1 '@@0@@' at screen 0.006,0.955 font 'sans:Bold,13.5' tc rgb '{INK}'",
        f"set label 2 '@@1@@' at screen 0.006,0.893 font ',11' tc rgb '{MUTED}'",
        "set lmargin at screen 0.12; set rmargin at screen 0.74; set tmargin at screen 0.80",
        "set bmargin at screen 0.17; set format y '%g'",
        f"set border 1 lc rgb '{GRID}'; set tics nomirror scale 0 tc rgb '{MUTED}'",
        f"set ytics {tick_step(high):.6g}; set grid ytics lt 1 lc rgb '{GRID}' lw 0.7",
        f"set xrange [-0.4:{len(rows) - 0.6}]; set yrange [0:{high:.6g}]; unset key; set bars 0",
        "set xtics (" + ", ".join(tick(place, row, scale) for place, row in enumerate(rows)) + ")",
    ]
    lines += other_lines(others, high, 2 + len(rows), scale, palette)
    lines += ["$phases << END"] + [point(place, row, scale) for place, row in enumerate(rows)] + ["END"]
    marks = [f"$phases every ::{place}::{place} using 1:2:3:4 with yerrorbars pt 7 ps 0.7 lw 2.4 "
             f"lc rgb '{palette[row.allocator].placeholder}'" for place, row in enumerate(rows)]
    lines.append(", ".join([f"plot $phases using 1:2 with lines lw 1.2 lc rgb '{MUTED}'", *marks]))
    return "\n".join(lines) + "\n"


def tick(place: int, row: Estimate, scale: Scale) -> str:
    """A phase's name under the axis and its value in the line below, where no line of the chart can cross it."""
    return f'"@@{2 + place}@@\\n{scale.text(row.median)}" {place}'


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
