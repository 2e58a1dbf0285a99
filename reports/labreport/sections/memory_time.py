"""Memory over time: resident bytes while the workload runs, beside what it really holds, and what is left afterwards.

Reads `memory_over_time` of run.json: [{"workload", "allocator", "peak_rss_bytes", "mean_rss_bytes", "mean_live_bytes",
"rss_over_live", "residue": [{"after_s", "rss_bytes"}], "curve": [[seconds, resident bytes, live bytes]]}].

Allocators take different times for the same work, so the curves run over the share of the work's time, not over
seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labreport import crowd
from labreport.fields import finite, objects
from labreport.figure import SMALL_SIZE, Panel
from labreport.palette import INK, MUTED, Palette
from labreport.run import Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.sections.drift import end_labels, height_for, ticks
from labreport.units import MIB, count, listing, significant

POINTS_MIN = 3  # fewer looks than this make no curve
FIGURES = {"peak_rss_bytes": "peak", "mean_rss_bytes": "mean", "mean_live_bytes": "live, mean"}

Row = dict[str, Any]
KEY = ("Lines: resident MiB of each allocator over the course of the work, one process each, watched from outside. "
       "Grey ground: the bytes that the program holds just then. The gap is the allocator's own, and fragmentation.")


@dataclass(frozen=True)
class Point:
    share: float  # of the work's time
    resident: float  # MiB
    live: float  # MiB


def build(run: Run, palette: Palette) -> Section | None:
    rows = objects(run.raw.get("memory_over_time"), "workload", "allocator")
    if not rows:
        return None
    workloads = dict.fromkeys(row["workload"] for row in rows)
    panels = [(workload, draw(run, palette, workload, own)) for workload in workloads
              if (own := [row for row in rows if row["workload"] == workload and len(curve_of(row)) >= POINTS_MIN])]
    key = KEY + crowd.key(run)
    told = [row for row in rows if crowd.is_named(run, str(row["allocator"]))]
    charts = [Chart("memory-time", "Resident memory during the work", drawings(panels), key)] if panels else []
    return Section("memory-time", "Memory over time", conclusion(rows, told), charts=charts, details=[numbers(rows)])


def curve_of(row: Row) -> list[Point]:
    curve = row.get("curve")
    triples = [tuple(map(finite, point)) for point in curve if isinstance(point, list) and len(point) == 3] \
        if isinstance(curve, list) else []
    whole = [(moment, resident, live) for moment, resident, live in triples
             if moment is not None and resident is not None and live is not None]
    end = max((moment for moment, _, _ in whole), default=0.0)
    return [Point(moment / end * 100, resident / MIB, live / MIB) for moment, resident, live in sorted(whole)] \
        if end > 0 else []


def conclusion(rows: list[Row], told: list[Row]) -> str:
    """The span over all rows; of those that are told apart, who keeps memory."""
    held = [(value, row) for row in rows if (value := finite(row.get("rss_over_live"))) is not None]
    parts = []
    if held:
        least, most = min(held, key=lambda item: item[0]), max(held, key=lambda item: item[0])
        parts.append(f"Resident memory over what the program holds: from {significant(least[0], 3)} "
                     f"({least[1]['allocator']} on {least[1]['workload']}) to {significant(most[0], 3)} "
                     f"({most[1]['allocator']} on {most[1]['workload']})")
    kept = keepers(told)
    if kept:
        parts.append(f"more than half of the peak is still resident after everything was freed: {listing(kept)}")
    words = "; ".join(parts) or f"Watched in {count(len(rows), 'process', 'processes')}"
    return f"{words}. One process each: no interval, no claim."


def keepers(rows: list[Row]) -> list[str]:
    """Of each allocator on how many workloads most of the memory stays."""
    tally: dict[str, list[bool]] = {}
    for row in rows:
        peak, last = finite(row.get("peak_rss_bytes")), residue_of(row)[-1:]
        if peak and last:
            tally.setdefault(str(row["allocator"]), []).append(last[0][1] > peak / 2)
    return [f"{arm} on {sum(kept)} of {len(kept)}" for arm, kept in tally.items() if any(kept)]


def residue_of(row: Row) -> list[tuple[float, float]]:
    values = [(finite(entry.get("after_s")), finite(entry.get("rss_bytes"))) for entry in objects(row.get("residue"))]
    return sorted((after, left) for after, left in values if after is not None and left is not None)


def draw(run: Run, palette: Palette, workload: str, rows: list[Row]) -> str:
    named = [row for row in rows if crowd.is_named(run, str(row["allocator"]))]
    panel = Panel(height_for(len(named), 230), left=46, right=92)
    looks = [len(curve_of(row)) for row in rows]
    panel.title(workload, f"resident MiB by % of the time, {min(looks)} to {max(looks)} looks")
    axes = panel.axes
    oracle = max((curve_of(row) for row in rows), key=len)
    axes.fill_between([point.share for point in oracle], [point.live for point in oracle], color=MUTED, alpha=0.3, lw=0)
    ends = []
    for row in rows:
        curve, tint = curve_of(row), palette[str(row["allocator"])]
        line, = axes.plot([point.share for point in curve], [point.resident for point in curve],
                          **crowd.line_style(run, palette, tint.label))
        panel.tip(line, f"{tint.label}: {figures_in_words(row)}")
        if row in named:
            ends.append((curve[-1].resident, tint.label, tint.placeholder))
    axes.set_xlim(0, 100)
    axes.set_ylim(0, max(point.resident for row in rows for point in curve_of(row)) * 1.08)
    axes.xaxis.set_major_locator(ticks())
    axes.yaxis.set_major_locator(ticks())
    axes.tick_params(axis="y", labelcolor=MUTED, labelsize=SMALL_SIZE)
    axes.grid(axis="y")
    axes.axhline(0, color=INK, lw=0.9)
    end_labels(panel, ends)
    words = "; ".join(f"{row['allocator']} {figures_in_words(row)}" for row in rows)
    return panel.render(f"{workload}, resident memory during the work: {words}", palette)


def figures_in_words(row: Row) -> str:
    parts = [f"{name} {significant(value / MIB, 3)} MiB" for key, name in FIGURES.items()
             if (value := finite(row.get(key))) is not None]
    parts += [f"{significant(left / MIB, 3)} MiB left after {after:g} s" for after, left in residue_of(row)]
    return ", ".join(parts)


def numbers(rows: list[Row]) -> Table:
    moments = sorted({after for row in rows for after, _ in residue_of(row)})
    head = ["workload", "allocator", *[f"{name} (MiB)" for name in FIGURES.values()], "resident over live",
            *[f"left after {after:g} s (MiB)" for after in moments]]
    table = []
    for row in rows:
        arm, left = str(row["allocator"]), dict(residue_of(row))
        ratio = finite(row.get("rss_over_live"))
        table.append([Cell(str(row["workload"])), Cell(arm, tint=arm), *[mib(finite(row.get(key))) for key in FIGURES],
                      Cell("–" if ratio is None else significant(ratio, 3), ratio),
                      *[mib(left.get(after)) for after in moments]])
    return Table(head, table, "Memory during the work and after it")


def mib(value: float | None) -> Cell:
    return Cell("–" if value is None else significant(value / MIB, 3), value)
