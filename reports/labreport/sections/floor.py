"""Distance to the floor: how much of each operation is the allocator, and how much the loop that measures it."""

from __future__ import annotations

from labreport.bars import Bar, bars_panel
from labreport.palette import Palette
from labreport.run import SPEED, Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.units import listing, percent, significant

NS_PER_S = 1e9


def build(run: Run, palette: Palette) -> Section | None:
    floor = run.floor_arm
    if floor is None:
        return None
    floors = {workload: cost for workload in run.workloads if (cost := ns_per_op(run, workload, floor)) is not None}
    panels = []
    for workload, cost in floors.items():
        bars = [bar for arm in run.arms if (bar := arm_bar(run, workload, arm, cost)) is not None]
        if bars:
            detail = f"ns per operation; the loop alone: {significant(cost, 3)}"
            panels.append((workload, bars_panel(workload, detail, bars, palette)))
    if not panels:
        return None
    key = ("Grey: the same loop with a pseudo-allocator that does the least work a malloc could do. Colour: what the "
           "allocator adds. From the medians; with several threads, wall time over all their operations.")
    chart = Chart("floor", "Time per operation, floor and allocator", drawings(panels), key)
    return Section("floor", "Distance to the floor", conclusion(run, floors), charts=[chart],
                   details=[numbers(run, floors)])


def ns_per_op(run: Run, workload: str, arm: str) -> float | None:
    row = run.estimate(workload, arm, SPEED)
    return NS_PER_S / row.median if row is not None and row.median > 0 else None


def arm_bar(run: Run, workload: str, arm: str, floor: float) -> Bar | None:
    cost = ns_per_op(run, workload, arm)
    if cost is None:
        return None
    words = f"{arm}: {significant(cost, 3)} ns per operation, allocator's share: {share_text(floor, cost)}"
    return Bar(arm, cost, significant(cost, 3), words, base=min(floor, cost))


def share_text(floor: float, cost: float) -> str:
    """An arm that is no slower than the floor shows no share of its own: the difference is noise or a better layout."""
    return percent(1 - floor / cost, 0) if cost > floor else "none seen"


def conclusion(run: Run, floors: dict[str, float]) -> str:
    hero = run.hero
    shares = {workload: 1 - floor / cost for workload, floor in floors.items()
              if hero is not None and (cost := ns_per_op(run, workload, hero)) is not None}
    seen = {workload: share for workload, share in shares.items() if share > 0}
    hidden = [workload for workload in shares if workload not in seen]
    words = [seen_words(str(hero), seen)] if seen else []
    if hidden:
        words.append(f"On {listing(hidden)} {hero} is no slower than the floor, so its share cannot be told there.")
    return " ".join(words) or "The floor was measured, but no arm to hold against it."


def seen_words(hero: str, shares: dict[str, float]) -> str:
    low, high = min(shares, key=lambda name: shares[name]), max(shares, key=lambda name: shares[name])
    if percent(shares[low], 0) == percent(shares[high], 0):
        extent = percent(shares[low], 0)
    else:
        extent = f"between {percent(shares[low], 0)} ({low}) and {percent(shares[high], 0)} ({high})"
    return (f"{hero} itself is {extent} of an operation's time; the rest is the loop that measures it, which no "
            "allocator can save.")


def numbers(run: Run, floors: dict[str, float]) -> Table:
    head = ["workload", "allocator", "ns per operation", "floor (ns)", "allocator's own (ns)", "allocator's share"]
    rows = []
    for workload, floor in floors.items():
        for arm in run.arms:
            cost = ns_per_op(run, workload, arm)
            if cost is not None:
                figures = [cost, floor, cost - floor]
                rows.append([Cell(workload, workload), Cell(arm, arm, tint=arm),
                             *[Cell(significant(figure, 3), figure) for figure in figures],
                             Cell(share_text(floor, cost), 1 - floor / cost)])
    return Table(head, rows, "Time per operation, from the medians")
