"""Ablation: what each mechanism brings, by leaving it out of the whole and by adding it alone.

Reads `ablation` of run.json:
  [{"workload", "feature", "mode", "ratio", "ci_low", "ci_high", "rounds", "verdict", "words"}]
where mode is "without", "alone" or "interaction", and ratio is the gain that the feature brings (> 1: faster with it),
null with words for what was not timed. The feature "all" is the whole phase.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from labreport.fields import finite, objects
from labreport.figure import SMALL_SIZE, Panel
from labreport.palette import ACCENT, INK, MUTED, Palette
from labreport.run import Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.sections.ratios import choose_ticks
from labreport.units import gain, listing, ratio, ratio_interval, short

MODE_NAMES = {"without": "left out", "alone": "added alone", "interaction": "interaction"}
ALL = "all"
GAIN_TITLES = {"without": "Left out of the phase", "alone": "Added alone to phase 0"}
GAIN_KEY = ("Bar: what the feature brings, median; line: interval. Right of 0: faster with it. +1, +2: with as many "
            "that need it.")
LABEL_LIMIT = 22
TICK_ROOM = 0.32  # of the axis, between two ratios on it
WATERFALL_KEY = ("Each bar goes on where the one above ends: a group of features added to phase 0 alone; then what "
                 "they bring together over that; last the phase as a whole. Hatched: slower.")


@dataclass(frozen=True)
class Step:
    """One bar of the waterfall, as ratios to the speed of phase 0."""

    name: str
    start: float
    end: float
    text: str
    words: str


def build(run: Run, palette: Palette) -> Section | None:
    rows = objects(run.raw.get("ablation"), "feature", "workload")
    if not rows:
        return None
    timed = [row for row in rows if finite(row.get("ratio")) is not None]
    workloads = list(dict.fromkeys(str(row["workload"]) for row in timed))
    falls = [(workload, fall) for workload in workloads if (fall := waterfall(palette, workload, timed)) is not None]
    charts = [Chart("waterfall", "From phase 0 to the whole", drawings(falls), WATERFALL_KEY)] if falls else []
    charts += [chart for mode in GAIN_TITLES if (chart := gains(palette, timed, mode)) is not None]
    return Section("ablation", "Ablation", conclusion(timed), charts=charts, paragraphs=remarks(rows),
                   details=[numbers(rows)])


def gains(palette: Palette, timed: list[dict[str, Any]], mode: str) -> Chart | None:
    """The gain of every feature, found in one way."""
    own = [row for row in timed if row.get("mode") == mode]
    panels = [(workload, draw(palette, workload, [row for row in own if row["workload"] == workload]))
              for workload in dict.fromkeys(str(row["workload"]) for row in own)]
    return Chart(f"ablation-{mode}", GAIN_TITLES[mode], drawings(panels), GAIN_KEY) if panels else None


def remarks(rows: list[dict[str, Any]]) -> list[str]:
    """What was not timed, because there is no difference to time."""
    names = dict.fromkeys(f"{row['feature']} ({mode_name(row)})" for row in rows if row.get("verdict") == "identical"
                          and row.get("mode") != "interaction")
    return [f"Not timed, because the machine code is the same with and without: {listing(list(names))}."] if names \
        else []


def find(rows: list[dict[str, Any]], workload: str, feature: str, mode: str) -> dict[str, Any] | None:
    wanted = (workload, feature, mode)
    return next((row for row in rows if (row["workload"], row["feature"], row.get("mode")) == wanted), None)


def steps_of(rows: list[dict[str, Any]], workload: str) -> list[Step] | None:
    """The parts that can be added alone, what they bring together over that, and the whole; None without the whole."""
    whole = find(rows, workload, ALL, "alone")
    total = finite(whole.get("ratio")) if whole else None
    if total is None:
        return None
    parts = [row for row in rows if row["workload"] == workload and row.get("mode") == "interaction"
             and row["feature"] != ALL]
    steps: list[Step] = []
    reached = 1.0
    for part in parts:
        row = find(rows, workload, str(part["feature"]), "alone")
        value = finite(row.get("ratio")) if row else None
        if row is None or value is None:
            continue
        steps.append(Step(str(row["feature"]), reached, reached * value, gain(value), words_of(row)))
        reached *= value
    together = find(rows, workload, ALL, "interaction")
    if together is not None:
        steps.append(Step("interaction", reached, total, gain(finite(together.get("ratio")) or total / reached),
                          words_of(together)))
    return [*steps, Step("whole", 1.0, total, gain(total), words_of(whole or {}))]


def rounds_of(rows: list[dict[str, Any]], workload: str) -> str:
    sizes = [int(finite(row.get("rounds")) or 0) for row in rows if row["workload"] == workload]
    return f"n = {max(sizes, default=0)} rounds"


def apart(ticks: list[float], room: float) -> list[float]:
    """1 and, outwards from it, the ticks that leave room for each other's labels."""
    kept = [1.0]
    for tick in sorted(ticks, key=lambda tick: abs(math.log(tick))):
        if all(abs(math.log(tick / other)) >= room for other in kept):
            kept.append(tick)
    return sorted(kept)


def words_of(row: dict[str, Any]) -> str:
    return str(row.get("words") or row.get("verdict") or "")


def waterfall(palette: Palette, workload: str, rows: list[dict[str, Any]]) -> str | None:
    steps = steps_of(rows, workload)
    if steps is None:
        return None
    panel = Panel(66 + 26 * len(steps), left=150, right=70)
    panel.title(workload, f"speed against phase0, log axis, {rounds_of(rows, workload)}")
    axes = panel.axes
    axes.set_xscale("log")
    for place, step in enumerate(steps):
        draw_step(panel, place, step, steps[place + 1] if place + 1 < len(steps) else None)
    axes.set_yticks(range(len(steps)), [label_of(step.name) for step in steps], size=SMALL_SIZE)
    axes.set_ylim(len(steps) - 0.5, -0.5)
    axes.axvline(1, color=INK, lw=0.9)
    set_ratio_ticks(panel, [end for step in steps for end in (step.start, step.end)])
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)
    words = "; ".join(f"{step.name} {step.text}" for step in steps)
    return panel.render(f"{workload}, from phase0 to the whole phase: {words}", palette)


def label_of(feature: str) -> str:
    """A group by its first feature, which the others need, and their number."""
    first, *others = feature.split("+")
    return short(f"{first} +{len(others)}" if others else first, LABEL_LIMIT)


def draw_step(panel: Panel, place: int, step: Step, following: Step | None) -> None:
    axes = panel.axes
    low, high = sorted((step.start, step.end))
    loss = step.end < step.start
    axes.barh(place, high - low, left=low, height=0.6, color=MUTED if step.name == "interaction" else ACCENT,
              alpha=0.85 if step.name == "whole" else 0.45, lw=1.2 if loss else 0, edgecolor=INK,
              hatch="////" if loss else None)
    if following is not None and following.name != "whole":
        axes.plot([step.end, step.end], [place, place + 1], color=MUTED, lw=0.8)
    axes.annotate(step.text, (1, place), xycoords=("axes fraction", "data"), xytext=(6, 0),
                  textcoords="offset points", va="center_baseline", size=SMALL_SIZE,
                  weight="bold" if step.name == "whole" else "normal")
    panel.row_tip(place, f"{step.name}: {step.words or step.text}")


def set_ratio_ticks(panel: Panel, values: list[float]) -> None:
    low, high = min(values + [1.0]), max(values + [1.0])
    margin = (high / low) ** 0.06
    left, right = low / margin, max(high * margin, low * 1.05)
    ticks = apart(choose_ticks(math.log(left), math.log(right)), TICK_ROOM * math.log(right / left))
    panel.axes.set_xticks(ticks, [f"{tick:g}×" for tick in ticks])
    panel.axes.minorticks_off()
    panel.axes.set_xlim(left, right)


def conclusion(timed: list[dict[str, Any]]) -> str:
    own = [row for row in timed if row.get("mode") != "interaction" and row["feature"] != ALL]
    if not own:
        return "No variant was timed."
    best = max(own, key=lambda row: finite(row.get("ratio")) or 0)
    words = (f"The largest gain is that of {best['feature']} on {best['workload']}: "
             f"{gain(finite(best.get('ratio')) or 1)} ({mode_name(best)}).")
    losing = sorted({f"{row['feature']} on {row['workload']}" for row in own if row.get("verdict") == "slower"})
    return f"{words} Costs more than it brings: {listing(losing[:6])}." if losing else words


def mode_name(row: dict[str, Any]) -> str:
    if row.get("feature") == ALL and row.get("mode") == "alone":
        return "together"
    return MODE_NAMES.get(str(row.get("mode")), str(row.get("mode") or ""))


def draw(palette: Palette, workload: str, rows: list[dict[str, Any]]) -> str:
    panel = Panel(66 + 24 * len(rows), left=150, right=62)
    panel.title(workload, f"% of speed that it brings, {rounds_of(rows, workload)}")
    axes = panel.axes
    for place, row in enumerate(rows):
        draw_row(panel, place, row)
    axes.set_yticks(range(len(rows)), [label_of(str(row["feature"])) for row in rows], size=SMALL_SIZE)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.axvline(0, color=INK, lw=0.9)
    axes.margins(x=0.1)
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)
    words = "; ".join(f"{row['feature']} {mode_name(row)} {gain(finite(row.get('ratio')) or 1)}" for row in rows)
    return panel.render(f"{workload}, gain of each feature: {words}", palette)


def draw_row(panel: Panel, place: int, row: dict[str, Any]) -> None:
    value, low, high = (finite(row.get(name)) for name in ("ratio", "ci_low", "ci_high"))
    if value is None:
        return
    panel.axes.barh(place, (value - 1) * 100, height=0.6, color=ACCENT, alpha=0.4, lw=0)
    if low is not None and high is not None:
        panel.axes.plot([(low - 1) * 100, (high - 1) * 100], [place, place], color=ACCENT, lw=2)
    panel.axes.annotate(gain(value), (1, place), xycoords=("axes fraction", "data"), xytext=(6, 0),
                        textcoords="offset points", va="center_baseline", size=SMALL_SIZE,
                        color=MUTED if row.get("verdict") == "unresolved" else INK)
    panel.row_tip(place, f"{row['feature']} {mode_name(row)}: {row.get('words') or gain(value)}")


def numbers(rows: list[dict[str, Any]]) -> Table:
    head = ["workload", "feature", "measured by", "ratio", "interval", "verdict", "in words"]
    return Table(head, [row_cells(row) for row in rows], "Gain of each mechanism")


def row_cells(row: dict[str, Any]) -> list[Cell]:
    value, low, high = (finite(row.get(name)) for name in ("ratio", "ci_low", "ci_high"))
    return [Cell(str(row["workload"])), Cell(str(row["feature"])), Cell(mode_name(row)), Cell(ratio(value), value),
            Cell(ratio_interval(low, high) or "–", low), Cell(str(row.get("verdict") or "–")),
            Cell(str(row.get("words") or ""))]
