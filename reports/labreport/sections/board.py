"""Board: every allocator against the best peer of each workload, speed and memory, with geometric means.

Data: run.json's `board`: {rows: [{workload, metric, allocator, best_peer, ratio, ci_low, ci_high, verdict, words}],
geometric_means: [{allocator, metric, ratio, rows, of}]}; ratios above 1 are better than the best peer.
"""

from __future__ import annotations

from typing import Any

from labreport.fields import finite, objects
from labreport.palette import Palette
from labreport.run import MEMORY, SPEED, Run
from labreport.scoreboard import BETTER, SIGNS, WORSE
from labreport.section import Cell, Section, Table
from labreport.units import listing, ratio, ratio_interval

Row = dict[str, Any]
CAPTIONS = {SPEED: "Speed over that of the best peer of the row (above 1 is faster)",
            MEMORY: "Peak memory of the leanest peer of the row over this (above 1 is leaner)"}


def build(run: Run, palette: Palette) -> Section | None:
    board = run.object("board")
    rows = objects(board.get("rows"), "workload", "metric", "allocator")
    if not rows:
        return None
    means = objects(board.get("geometric_means"), "allocator", "metric")
    tables = [half(metric, rows, means) for metric in (SPEED, MEMORY)]
    return Section("board", "Against the best peer of each row", conclusion(rows, means), tables=tables)


def conclusion(rows: list[Row], means: list[Row]) -> str:
    """The first allocator is whom the board is about."""
    hero = str(rows[0]["allocator"])
    own = [row for row in rows if row["allocator"] == hero and row["metric"] == SPEED]
    won = [str(row["workload"]) for row in own if row.get("verdict") in BETTER]
    lost = [str(row["workload"]) for row in own if row.get("verdict") in WORSE]
    words = [f"{mean_words(means, hero, SPEED)} in speed and {mean_words(means, hero, MEMORY)} in memory is the "
             f"geometric mean of {hero} over the best peer of each of {len(own)} rows"]
    words += [f"faster on {listing(won)}"] if won else []
    words += [f"slower on {listing(lost)}"] if lost else []
    return "; ".join(words) + "."


def mean_words(means: list[Row], allocator: str, metric: str) -> str:
    found = next((mean for mean in means if (mean["allocator"], mean["metric"]) == (allocator, metric)), None)
    return ratio(finite(found.get("ratio"))) if found is not None else "–"


def half(metric: str, rows: list[Row], means: list[Row]) -> Table:
    own = [row for row in rows if row["metric"] == metric]
    names = list(dict.fromkeys(str(row["allocator"]) for row in own))
    lines = []
    for workload in dict.fromkeys(str(row["workload"]) for row in own):
        found = {str(row["allocator"]): row for row in own if row["workload"] == workload}
        lines.append([Cell(workload), *(score(found.get(name)) for name in names)])
    lines.append([Cell("geometric mean"), *(mean_cell(means, name, metric) for name in names)])
    return Table(["workload", *names], lines, CAPTIONS[metric])


def score(row: Row | None) -> Cell:
    if row is None:
        return Cell("–")
    value = finite(row.get("ratio"))
    verdict = str(row.get("verdict") or "")
    if verdict == "best":
        return Cell("best peer", value)
    if value is None:
        return Cell("failed" if "failed" in str(row.get("words")) else "–", note=str(row.get("words") or ""))
    tone = "better" if verdict in BETTER else "worse" if verdict in WORSE else ""
    note = ratio_interval(finite(row.get("ci_low")), finite(row.get("ci_high")))
    return Cell(f"{ratio(value)} {SIGNS.get(verdict, '')}".strip(), value, tone=tone, note=note)


def mean_cell(means: list[Row], name: str, metric: str) -> Cell:
    found = next((mean for mean in means if (mean["allocator"], mean["metric"]) == (name, metric)), None)
    value = finite(found.get("ratio")) if found is not None else None
    if found is None or value is None:
        return Cell("–")
    whole = found.get("rows") == found.get("of")
    return Cell(ratio(value) if whole else f"{ratio(value)} ({found.get('rows')} of {found.get('of')} rows)", value)
