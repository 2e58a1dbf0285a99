"""Stats: what the counting build counted, in builds that are never timed.

Reads `stats` of run.json: a list of objects with `workload`, `allocator` and any number of counts or rates, such as
direct_cache_hit_rate, atomic_ops_per_op, remote_free_share, collections, page_retirements, slow_path_entries.
Names that end in _rate or _share are shown as percentages.
"""

from __future__ import annotations

from typing import Any

from labreport.fields import finite, objects
from labreport.palette import Palette
from labreport.run import Run
from labreport.section import Cell, Section, Table
from labreport.units import count, percent, significant

OWN_FIELDS = ("workload", "allocator")
SHARE_ENDINGS = ("_rate", "_share")


def build(run: Run, palette: Palette) -> Section | None:
    rows = objects(run.raw.get("stats"), "workload", "allocator")
    names = list(dict.fromkeys(name for row in rows for name in row if name not in OWN_FIELDS
                               and finite(row[name]) is not None))
    if not names:
        return None
    head = ["workload", "allocator", *[name.replace("_", " ") for name in names]]
    table = Table(head, [row_cells(row, names) for row in rows], "Counted by the counting build, which is never timed")
    return Section("stats", "Inside the allocator", conclusion(rows, names), tables=[table])


def row_cells(row: dict[str, Any], names: list[str]) -> list[Cell]:
    arm = str(row["allocator"])
    return [Cell(str(row["workload"])), Cell(arm, tint=arm), *[figure(name, finite(row.get(name))) for name in names]]


def figure(name: str, value: float | None) -> Cell:
    if value is None:
        return Cell("–")
    return Cell(percent(value) if name.endswith(SHARE_ENDINGS) else significant(value, 3), value)


def conclusion(rows: list[dict[str, Any]], names: list[str]) -> str:
    words = f"{count(len(names), 'figure')} of the counting build over {count(len(rows), 'pair')} of workload and phase"
    rates = [(value, row) for row in rows if (value := finite(row.get("direct_cache_hit_rate"))) is not None]
    if not rates:
        return f"{words}."
    if len({percent(rate) for rate, _ in rates}) == 1:
        return f"{words}. The direct cache hits in {percent(rates[0][0])} of its uses."
    low, high = min(rates, key=lambda item: item[0]), max(rates, key=lambda item: item[0])
    return (f"{words}. The direct cache hits between {percent(low[0])} ({low[1]['allocator']} on {low[1]['workload']}) "
            f"and {percent(high[0])} ({high[1]['allocator']} on {high[1]['workload']}).")
