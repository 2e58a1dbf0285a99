"""Roadmap: what each phase was to bring, what it brought, and whether that is met, missed or unresolved.

Reads `roadmap` of run.json:
  {"workload": "random_mixed", "baseline": "phase0",
   "gains":  [{"phase", "mechanism", "ratio", "ci_low", "ci_high", "minimum", "target", "stretch", "verdict", "words"}],
   "checks": [{"phase", "check", "measured", "required", "verdict", "words"}]}
with minimum, target and stretch as ratios (1.10), measured and required as text or number.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from labreport.fields import finite, objects
from labreport.figure import SMALL_SIZE, Panel
from labreport.palette import INK, Palette
from labreport.run import Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.units import count, gain, listing, significant

GOALS = ("minimum", "target", "stretch")
SIGNS = {"met": "▲ met", "missed": "▼ missed", "unresolved": "? unresolved"}
ROW_HEIGHT, FRAME_HEIGHT = 34, 74
TONES = {"met": "better", "missed": "worse"}


def build(run: Run, palette: Palette) -> Section | None:
    road = run.object("roadmap")
    gains, checks = objects(road.get("gains")), objects(road.get("checks"))
    if not gains and not checks:
        return None
    timed = [entry for entry in gains if finite(entry.get("ratio")) is not None]
    charts = [gains_chart(road, timed, palette)] if timed else []
    tables = [gains_table(road, gains)] if gains else []
    asked = [entry for entry in checks if entry.get("verdict") != "measured"]
    watched = [entry for entry in checks if entry.get("verdict") == "measured"]
    tables += [checks_table(asked)] if asked else []
    details = [watched_table(watched)] if watched else []
    return Section("roadmap", "Roadmap", conclusion(gains, asked), charts=charts, tables=tables, details=details)


def conclusion(gains: list[dict[str, Any]], checks: list[dict[str, Any]]) -> str:
    parts = []
    for name, rows in (("phase", gains), ("check", checks)):
        tally = Counter(str(row.get("verdict") or "unresolved") for row in rows)
        if rows:
            words = listing([f"{number} {verdict}" for verdict, number in tally.most_common()])
            parts.append(f"of {count(len(rows), name)}: {words}")
    return f"{'; '.join(parts)}.".capitalize()


def gains_chart(road: dict[str, Any], gains: list[dict[str, Any]], palette: Palette) -> Chart:
    workload = str(road.get("workload") or "random_mixed")
    panel = Panel(FRAME_HEIGHT + ROW_HEIGHT * len(gains), left=70, right=150)
    panel.title(workload, f"% faster than {road.get('baseline') or 'phase0'}")
    axes = panel.axes
    for place, entry in enumerate(gains):
        draw_gain(panel, place, entry, palette)
    axes.set_yticks(range(len(gains)), [phase_label(entry) for entry in gains])
    axes.set_ylim(len(gains) - 0.5, -0.5)
    axes.axvline(0, color=INK, lw=0.9)
    axes.margins(x=0.08)
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x")
    axes.spines["bottom"].set_visible(False)
    words = "; ".join(f"{phase_label(entry)} {gain(finite(entry.get('ratio')) or 1)}, {entry.get('verdict')}"
                      for entry in gains)
    key = "Bar: measured, with its interval. Upright marks: minimum, target and stretch, from thin to thick."
    svg = panel.render(f"Gain on {workload} against the roadmap: {words}", palette)
    return Chart("roadmap", "Measured against asked", drawings([(workload, svg)]), key)


def draw_gain(panel: Panel, place: int, entry: dict[str, Any], palette: Palette) -> None:
    tint, axes = palette[phase_label(entry)], panel.axes
    value, low, high = (finite(entry.get(name)) for name in ("ratio", "ci_low", "ci_high"))
    axes.barh(place, ((value or 1) - 1) * 100, height=0.5, color=tint.placeholder, alpha=0.3, lw=0)
    if low is not None and high is not None:
        axes.plot([(low - 1) * 100, (high - 1) * 100], [place, place], color=tint.placeholder, lw=2.4)
    for width, name in zip((1.0, 1.8, 2.8), GOALS):
        goal = finite(entry.get(name))
        if goal is not None:
            axes.plot([(goal - 1) * 100] * 2, [place - 0.36, place + 0.36], color=INK, lw=width)
    words = f"{gain(value or 1)} {entry.get('verdict') or 'unresolved'}"
    axes.annotate(words, (1, place), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
                  va="center_baseline", size=SMALL_SIZE, weight="bold")
    goals = ", ".join(f"{name} {gain(goal)}" for name in GOALS if (goal := finite(entry.get(name))) is not None)
    panel.row_tip(place, f"{tint.label}: measured {gain(value or 1)}, asked: {goals}")


def phase_label(entry: dict[str, Any]) -> str:
    phase = str(entry.get("phase"))
    return phase if phase.startswith("phase") else f"phase{phase}"


def gains_table(road: dict[str, Any], gains: list[dict[str, Any]]) -> Table:
    caption = (f"Gain on {road.get('workload') or 'random_mixed'} against {road.get('baseline') or 'phase0'}, "
               "beside what the roadmap asks")
    rows = []
    for entry in gains:
        label = phase_label(entry)
        rows.append([Cell(label, tint=label), Cell(str(entry.get("mechanism") or "–")), gain_cell(entry),
                     Cell(gain_interval(entry)), *[goal_cell(entry, name) for name in GOALS], verdict_cell(entry)])
    return Table(["phase", "mechanism", "measured", "interval", *GOALS, "verdict"], rows, caption)


def gain_cell(entry: dict[str, Any]) -> Cell:
    value = finite(entry.get("ratio"))
    return Cell("–" if value is None else gain(value), value)


def gain_interval(entry: dict[str, Any]) -> str:
    low, high = finite(entry.get("ci_low")), finite(entry.get("ci_high"))
    return "–" if low is None or high is None else f"{gain(low)} to {gain(high)}"


def goal_cell(entry: dict[str, Any], name: str) -> Cell:
    """A goal, with a sign where the measured ratio reaches it."""
    goal, measured = finite(entry.get(name)), finite(entry.get("ratio"))
    if goal is None:
        return Cell("–")
    reached = measured is not None and measured >= goal
    return Cell(gain(goal) + (" ✓" if reached else ""), goal)


def verdict_cell(entry: dict[str, Any]) -> Cell:
    verdict = str(entry.get("verdict") or "unresolved")
    tone, note = TONES.get(verdict, "plain"), str(entry.get("words") or "")
    return Cell(SIGNS.get(verdict, verdict), verdict, tone=tone, note=note)


def checks_table(checks: list[dict[str, Any]]) -> Table:
    rows = [
        [Cell(str(entry.get("phase", "every"))), Cell(str(entry.get("check") or "–")),
         figure_cell(entry.get("measured")), figure_cell(entry.get("required")), verdict_cell(entry)]
        for entry in checks
    ]
    return Table(["phase", "check", "measured", "required", "verdict"], rows, "The roadmap's checklist")


def watched_table(watched: list[dict[str, Any]]) -> Table:
    """Figures without a requirement: a row for each phase, a column for each figure."""
    phases = list(dict.fromkeys(str(entry.get("phase", "every")) for entry in watched))
    names = list(dict.fromkeys(str(entry.get("check") or "–") for entry in watched))
    found = {(str(entry.get("phase", "every")), str(entry.get("check") or "–")): entry for entry in watched}
    rows = [[Cell(phase, tint=phase), *[watched_cell(found.get((phase, name))) for name in names]] for phase in phases]
    return Table(["phase", *names], rows, "What the roadmap watches without a limit")


def watched_cell(entry: dict[str, Any] | None) -> Cell:
    if entry is None:
        return Cell("–")
    cell = figure_cell(entry.get("measured"))
    return Cell(cell.text, cell.value, note=str(entry.get("words") or ""))


def figure_cell(value: Any) -> Cell:
    number = finite(value)
    if number is not None:
        return Cell(significant(number), number)
    return Cell(str(value) if value is not None else "–")
