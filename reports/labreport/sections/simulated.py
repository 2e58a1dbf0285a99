"""Simulated counters: instructions, cache and branch misses per operation, for machines without a PMU.

Reads `simulated` of run.json: [{"workload", "allocator", "counter", "per_op"}], with an optional text `simulator` for
what computed them.
"""

from __future__ import annotations

from typing import Any

from labreport.bars import Bar, bars_panel
from labreport.fields import finite, objects
from labreport.palette import Palette
from labreport.phasechart import COUNTER_NAMES
from labreport.run import Run
from labreport.section import Cell, Chart, Section, Table, drawings, slug
from labreport.units import listing, significant


def build(run: Run, palette: Palette) -> Section | None:
    rows = objects(run.raw.get("simulated"), "workload", "allocator", "counter")
    rows = [row for row in rows if per_op(row) is not None]
    if not rows:
        return None
    names = list(dict.fromkeys(str(row["counter"]) for row in rows))
    charts = [chart(palette, name, [row for row in rows if row["counter"] == name]) for name in names]
    sources = listing(sorted({str(row["simulator"]) for row in rows if row.get("simulator")}))
    text = (f"{listing([words(name) for name in names])} per operation, computed by simulation"
            f"{' with ' + sources if sources else ''}: with one thread the same in every run, and no statement about "
            "time.")
    return Section("simulated", "Simulated counters", text, charts=charts, details=[numbers(rows)])


def words(counter: str) -> str:
    """A counter as a reader would say it."""
    return COUNTER_NAMES.get(counter, counter.replace("_", " "))


def per_op(row: dict[str, Any]) -> float | None:
    return finite(row.get("per_op"))


def chart(palette: Palette, name: str, rows: list[dict[str, Any]]) -> Chart:
    panels = []
    for workload in dict.fromkeys(str(row["workload"]) for row in rows):
        bars = [Bar(str(row["allocator"]), per_op(row) or 0.0, significant(per_op(row) or 0.0, 3),
                    f"{row['allocator']}: {significant(per_op(row) or 0.0, 3)} {words(name)} per operation, simulated")
                for row in rows if row["workload"] == workload]
        panels.append((workload, bars_panel(workload, f"{words(name)} per operation, simulated", bars, palette)))
    return Chart(f"simulated-{slug(name)}", f"{words(name).capitalize()} per operation", drawings(panels),
                 "Simulated, not measured.")


def numbers(rows: list[dict[str, Any]]) -> Table:
    return Table(["workload", "allocator", "counter", "per operation (simulated)"], [
        [Cell(str(row["workload"])), Cell(str(row["allocator"]), tint=str(row["allocator"])), Cell(str(row["counter"])),
         Cell(significant(per_op(row) or 0.0, 3), per_op(row))]
        for row in rows
    ], "Simulated counters per operation")
