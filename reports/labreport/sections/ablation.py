"""Ablation: what each mechanism brings, by leaving it out of the whole and by adding it alone.

Reads `ablation` of run.json:
  [{"workload", "feature", "mode", "ratio", "ci_low", "ci_high", "verdict", "words"}]
where mode is "without", "alone" or "interaction", and ratio is the gain that the feature brings (> 1: faster with it),
null with words for what was not timed.
"""

from __future__ import annotations

from typing import Any

from labreport.fields import finite, objects
from labreport.figure import SMALL_SIZE, Panel
from labreport.palette import ACCENT, INK, MUTED, Palette
from labreport.run import Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.units import gain, listing, ratio, ratio_interval, short

MODE_NAMES = {"without": "left out", "alone": "added alone", "interaction": "interaction"}


def build(run: Run, palette: Palette) -> Section | None:
    rows = objects(run.raw.get("ablation"), "feature", "workload")
    if not rows:
        return None
    timed = [row for row in rows if finite(row.get("ratio")) is not None]
    workloads = dict.fromkeys(str(row["workload"]) for row in timed)
    panels = [(workload, draw(palette, workload, [row for row in timed if row["workload"] == workload]))
              for workload in workloads]
    key = "Bar: what the feature brings, median; line: interval. Right of 0: faster with it."
    charts = [Chart("ablation", "Gain of each mechanism", drawings(panels), key)] if panels else []
    return Section("ablation", "Ablation", conclusion(timed), charts=charts, details=[numbers(rows)])


def conclusion(timed: list[dict[str, Any]]) -> str:
    own = [row for row in timed if row.get("mode") != "interaction"]
    if not own:
        return "No variant was timed."
    best = max(own, key=lambda row: finite(row.get("ratio")) or 0)
    words = (f"The largest gain is that of {best['feature']} on {best['workload']}: "
             f"{gain(finite(best.get('ratio')) or 1)} ({mode_name(best)}).")
    losing = sorted({f"{row['feature']} on {row['workload']}" for row in own if row.get("verdict") == "slower"})
    return f"{words} Costs more than it brings: {listing(losing[:6])}." if losing else words


def mode_name(row: dict[str, Any]) -> str:
    return MODE_NAMES.get(str(row.get("mode")), str(row.get("mode") or ""))


def draw(palette: Palette, workload: str, rows: list[dict[str, Any]]) -> str:
    panel = Panel(66 + 24 * len(rows), left=150, right=62)
    panel.title(workload, "% of speed that the feature brings")
    axes = panel.axes
    for place, row in enumerate(rows):
        draw_row(panel, place, row)
    names = [short(f"{row['feature']} {mode_name(row)}", 24) for row in rows]
    axes.set_yticks(range(len(rows)), names, size=SMALL_SIZE)
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
