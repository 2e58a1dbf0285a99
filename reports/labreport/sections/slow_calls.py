"""Slow calls: what the slowest thousandth of malloc and free was busy with.

Reads `slow` of the rows of `latency` in run.json:
  {"above_ns", "n", "allocator_known", "causes": {cause: calls}}
"""

from __future__ import annotations

from typing import Any

from labreport.fields import finite, objects
from labreport.palette import Palette
from labreport.run import Run
from labreport.section import Cell, Section, Table, folded
from labreport.units import percent, significant

Row = dict[str, Any]

WORDS = {"page_fault": "page fault", "new_page": "new page", "page_retired": "page retired", "slow_path": "slow path",
         "waited": "gave the CPU away"}


def build(run: Run, palette: Palette) -> Section | None:
    rows = [row for row in objects(run.raw.get("latency"), "workload", "allocator") if shares(row)]
    if not rows:
        return None
    words = ("Found out in processes of their own, since looking for a cause slows a call down; of several causes the "
             "first counts. What happens inside an allocator is known of hakmem's phases on one thread; unknown is "
             "what neither it nor the kernel counts, such as cache misses and interrupts.")
    return Section("slow-calls", "Slow calls", conclusion(rows), paragraphs=[words], **folded(table_of(rows)))


def shares(row: Row) -> dict[str, float]:
    """Causes by their share of the slow calls, the commonest first."""
    slow = row.get("slow")
    causes = slow.get("causes") if isinstance(slow, dict) else None
    counts = {str(name): number for name, value in causes.items() if (number := finite(value)) and number > 0} \
        if isinstance(causes, dict) else {}
    whole = sum(counts.values())
    return {name: counts[name] / whole for name in sorted(counts, key=lambda name: -counts[name])} if whole > 0 else {}


def conclusion(rows: list[Row]) -> str:
    first = [next(iter(shares(row))) for row in rows]
    common = max(dict.fromkeys(first), key=first.count)
    return (f"Of calls above p99.9, the commonest cause is {WORDS.get(common, common)}: it comes first in "
            f"{first.count(common)} of {len(rows)} rows.")


def table_of(rows: list[Row]) -> Table:
    lines = []
    for row in rows:
        arm, limit, most = str(row["allocator"]), finite(row.get("p99_9_ns")), finite(row.get("max_ns"))
        causes = ", ".join(f"{WORDS.get(name, name)} {percent(share, 0)}" for name, share in shares(row).items())
        lines.append([Cell(str(row["workload"])), Cell(str(row.get("operation") or "operation")), Cell(arm, tint=arm),
                      number(limit), number(most), Cell(causes)])
    head = ["workload", "operation", "allocator", "p99.9 (ns)", "slowest (ns)", "causes of calls above p99.9"]
    return Table(head, lines, "Causes of slow calls")


def number(value: float | None) -> Cell:
    return Cell("–") if value is None else Cell(significant(value, 3), value)
