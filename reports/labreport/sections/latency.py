"""Latency: service time of single operations by quantile, on log axes, with the clock's own cost as the floor.

Reads `latency` of run.json:
  [{"workload", "allocator", "operation": "malloc" | "free" | …, "n", "curve": [[quantile, ns], …], "floor_p50_ns"}]
with quantiles from 0 to below 1; p50 to p99.9 are read off the curve.
"""

from __future__ import annotations

import bisect
import math
from typing import Any

from labreport import crowd
from labreport.fields import finite, objects
from labreport.figure import SMALL_SIZE, Panel
from labreport.palette import MUTED, Palette
from labreport.run import Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.sections.drift import end_labels, height_for
from labreport.units import count, significant

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
LAST_SHOWN = 0.9999
TICKS_MAX = 7

Curve = list[tuple[float, float]]


def build(run: Run, palette: Palette) -> Section | None:
    rows = [row for row in objects(run.raw.get("latency"), "workload", "allocator") if len(curve_of(row)) > 1]
    if not rows:
        return None
    places = dict.fromkeys((str(row["workload"]), str(row.get("operation") or "operation")) for row in rows)
    panels = [(workload, draw(run, palette, workload, operation, own)) for workload, operation in places
              if (own := [row for row in rows if (str(row["workload"]), str(row.get("operation") or "operation"))
                          == (workload, operation)])]
    key = ("Across: share of operations, from the middle to the slowest one in ten thousand. Up: time, log axis. "
           "Closed loop, so this is service time. Dashed: an empty operation, the clock's own cost.")
    key += crowd.key(run)
    chart = Chart("latency", "Service time by quantile", drawings(panels), key)
    return Section("latency", "Latency", conclusion(rows), charts=[chart], details=[numbers(rows)])


def curve_of(row: dict[str, Any]) -> Curve:
    points = row.get("curve")
    pairs = [tuple(map(finite, point)) for point in points if isinstance(point, list) and len(point) == 2] \
        if isinstance(points, list) else []
    return sorted((share, value) for share, value in pairs
                  if share is not None and value is not None and 0 <= share < 1 and value > 0)


def at(curve: Curve, share: float) -> float:
    """The first measured point at or past a quantile: never better than what was seen."""
    return curve[min(bisect.bisect_left(curve, (share, 0.0)), len(curve) - 1)][1]


def conclusion(rows: list[dict[str, Any]]) -> str:
    worst = max(rows, key=lambda row: at(curve_of(row), 0.999))
    best = min(rows, key=lambda row: at(curve_of(row), 0.999))
    parts = [f"{row['allocator']} on {row['workload']} ({row.get('operation') or 'operation'}, "
             f"{significant(at(curve_of(row), 0.999), 3)} ns)" for row in (best, worst)]
    return f"At p99.9 the quickest is {parts[0]}, the slowest {parts[1]}."


def draw(run: Run, palette: Palette, workload: str, operation: str, rows: list[dict[str, Any]]) -> str:
    named = [row for row in rows if crowd.is_named(run, str(row["allocator"]))]
    panel = Panel(height_for(len(named), 230), left=54, right=92)
    sizes = [int(n) for row in rows if (n := finite(row.get("n"))) is not None]
    calls = f", n = {count(min(sizes), 'call')}{' or more' if len(set(sizes)) > 1 else ''}" if sizes else ""
    panel.title(f"{workload}: {operation}", f"time by quantile, log axes{calls}")
    axes = panel.axes
    axes.set_xscale("log")
    axes.set_yscale("log")
    ends = []
    for row in rows:
        curve = [point for point in curve_of(row) if 0.5 <= point[0] <= LAST_SHOWN] or curve_of(row)[-1:]
        tint = palette[str(row["allocator"])]
        line, = axes.plot([1 / (1 - share) for share, _ in curve], [value for _, value in curve],
                          **crowd.line_style(run, palette, tint.label))
        panel.tip(line, f"{tint.label}: " + ", ".join(f"{name} {significant(at(curve_of(row), share), 3)} ns"
                                                      for name, share in QUANTILES.items()))
        if row in named:
            ends.append((curve[-1][1], tint.label, tint.placeholder))
    floors = [floor for row in rows if (floor := finite(row.get("floor_p50_ns")))]
    if floors:
        axes.axhline(min(floors), color=MUTED, lw=1, ls=(0, (3, 2)))
    finish(panel, ends)
    words = "; ".join(f"{row['allocator']} p99.9 {significant(at(curve_of(row), 0.999), 3)} ns" for row in rows)
    return panel.render(f"{workload}, {operation}, service time: {words}", palette)


def finish(panel: Panel, ends: list[tuple[float, str, str]]) -> None:
    axes = panel.axes
    axes.set_xlim(2, 1 / (1 - LAST_SHOWN))
    axes.set_xticks([2, 10, 100, 1000, 10000], ["p50", "p90", "p99", "p99.9", "p99.99"])
    axes.minorticks_off()
    low, high = axes.get_ylim()
    ticks = time_ticks(low, high)
    axes.set_yticks(ticks, [time_name(tick) for tick in ticks])
    axes.set_ylim(low, high)
    axes.minorticks_off()
    axes.tick_params(axis="y", labelcolor=MUTED, labelsize=SMALL_SIZE)
    axes.grid()
    end_labels(panel, ends)


def time_ticks(low: float, high: float) -> list[float]:
    """Few round times within the axis: whole decades where it spans many, else 1, 2 and 5 of each."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [step * 10.0 ** decade for decade in decades for step in steps if low <= step * 10.0 ** decade <= high]
        if len(found) <= TICKS_MAX:
            return found
    return found[::2]


def time_name(nanoseconds: float) -> str:
    """20 ns, 5 µs, 1 ms."""
    for size, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if nanoseconds >= size:
            return f"{nanoseconds / size:g} {name}"
    return f"{nanoseconds:g} ns"


def numbers(rows: list[dict[str, Any]]) -> Table:
    head = ["workload", "operation", "allocator", "n", *[f"{name} (ns)" for name in QUANTILES]]
    table = []
    for row in rows:
        curve, arm, n = curve_of(row), str(row["allocator"]), finite(row.get("n"))
        figures = [Cell(significant(value, 3), value) for value in (at(curve, share) for share in QUANTILES.values())]
        table.append([Cell(str(row["workload"])), Cell(str(row.get("operation") or "operation")), Cell(arm, tint=arm),
                      Cell("–" if n is None else f"{n:,.0f}", n), *figures])
    return Table(head, table, "Service time by quantile")
