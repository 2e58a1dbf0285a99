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

from labreport.fields import finite
from labreport.palette import Palette
from labreport.run import Run
from labreport.section import Cell, Section, Table
from labreport.units import count, gain, listing, significant

GOALS = ("minimum", "target", "stretch")
SIGNS = {"met": "▲ met", "missed": "▼ missed", "unresolved": "? unresolved"}
TONES = {"met": "better", "missed": "worse"}


def build(run: Run, palette: Palette) -> Section | None:
    road = run.object("roadmap")
    gains, checks = objects(road.get("gains")), objects(road.get("checks"))
    if not gains and not checks:
        return None
    tables = [gains_table(road, gains)] if gains else []
    tables += [checks_table(checks)] if checks else []
    return Section("roadmap", "The roadmap's verdict", conclusion(gains, checks), tables=tables)


def objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def conclusion(gains: list[dict[str, Any]], checks: list[dict[str, Any]]) -> str:
    parts = []
    for name, rows in (("phase", gains), ("check", checks)):
        tally = Counter(str(row.get("verdict") or "unresolved") for row in rows)
        if rows:
            words = listing([f"{number} {verdict}" for verdict, number in tally.most_common()])
            parts.append(f"of {count(len(rows), name)}: {words}")
    return f"{'; '.join(parts)}.".capitalize()


def gains_table(road: dict[str, Any], gains: list[dict[str, Any]]) -> Table:
    caption = (f"Gain on {road.get('workload') or 'random_mixed'} against {road.get('baseline') or 'phase0'}, "
               "beside what the roadmap asks")
    rows = []
    for entry in gains:
        phase = str(entry.get("phase"))
        label = phase if phase.startswith("phase") else f"phase{phase}"
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
    return Cell(SIGNS.get(verdict, verdict), verdict, tone=TONES.get(verdict, ""), note=str(entry.get("words") or ""))


def checks_table(checks: list[dict[str, Any]]) -> Table:
    rows = [
        [Cell(str(entry.get("phase", "every"))), Cell(str(entry.get("check") or "–")), figure_cell(entry.get("measured")),
         figure_cell(entry.get("required")), verdict_cell(entry)]
        for entry in checks
    ]
    return Table(["phase", "check", "measured", "required", "verdict"], rows, "The roadmap's checklist")


def figure_cell(value: Any) -> Cell:
    number = finite(value)
    if number is not None:
        return Cell(significant(number), number)
    return Cell(str(value) if value is not None else "–")
