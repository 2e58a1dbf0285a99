"""Events: processor events per operation by workload and allocator, measured where the machine counts them.

A kind of event is taken from the hardware counters of the samples if they have it, else from `simulated` of run.json;
never some arms from here and some from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from statistics import median

from labreport.estimate import Estimate
from labreport.fields import finite, objects
from labreport.run import Run
from labreport.sample import Sample

ALPHA = 0.05


@dataclass(frozen=True)
class Kind:
    """What is asked, and the names under which it is counted or simulated, the preferred one first."""

    title: str
    measured: tuple[str, ...]
    simulated: tuple[str, ...]


KINDS = [
    Kind("Cache misses", ("cache_misses", "l1d_misses", "llc_misses"), ("cache_misses", "l1_misses")),
    Kind("Last-level cache misses", ("llc_misses",), ("ll_misses",)),
    Kind("Branch misses", ("branch_misses",), ("branch_misses",)),
    Kind("Instructions", ("instructions",), ("instructions",)),
]


@dataclass(frozen=True)
class Events:
    """One kind of event: per operation, for each pair of workload and allocator that has it."""

    title: str
    counter: str
    state: str  # measured, scaled or simulated
    rows: list[Estimate]

    def of(self, workload: str, arm: str) -> Estimate | None:
        return next((row for row in self.rows if (row.workload, row.allocator) == (workload, arm)), None)


def events_of(run: Run) -> list[Events]:
    """Every kind that the run has, each counter once."""
    found: list[Events] = []
    for kind in KINDS:
        taken = {events.counter for events in found}
        counted = (measured(run, kind.title, name) for name in kind.measured)
        computed = (simulated(run, kind.title, name) for name in kind.simulated)
        events = next((events for events in (*counted, *computed) if events is not None), None)
        if events is not None and events.counter not in taken:
            found.append(events)
    return found


def measured(run: Run, title: str, counter: str) -> Events | None:
    rows, states = [], set()
    for workload in run.workloads:
        for arm in run.arms:
            values = []
            for sample in run.good_samples(workload, arm):
                value, state = reading(sample, counter)
                if value is not None:
                    values.append(value)
                    states.add(state)
            if values:
                low, high = interval(values)
                rows.append(Estimate(workload, arm, counter, "1/op", len(values), median(values), low, high,
                                     min(values), max(values)))
    return Events(title, counter, "scaled" if "scaled" in states else "measured", rows) if rows else None


def reading(sample: Sample, counter: str) -> tuple[float | None, str]:
    ops = sample.field("ops")
    for entry in objects(sample.raw.get("counters"), "name"):
        value = finite(entry.get("value"))
        if entry["name"] == counter and value is not None and ops:
            return value / ops, str(entry.get("state"))
    return None, ""


def simulated(run: Run, title: str, counter: str) -> Events | None:
    rows = [
        Estimate(str(row["workload"]), str(row["allocator"]), counter, "1/op", 1, value, None, None, value, value)
        for row in objects(run.raw.get("simulated"), "workload", "allocator", "counter")
        if row["counter"] == counter and (value := finite(row.get("per_op"))) is not None
    ]
    return Events(title, counter, "simulated", rows) if rows else None


def interval(values: list[float]) -> tuple[float | None, float | None]:
    """The exact 95 % interval of the median: the k-th smallest and the k-th largest, as perf/METHOD.md has it."""
    n, tail, rank = len(values), 0.0, 0
    while rank < n / 2:
        tail += comb(n, rank) / 2 ** n
        if 2 * tail > ALPHA:
            break
        rank += 1
    ordered = sorted(values)
    return (ordered[rank - 1], ordered[n - rank]) if rank else (None, None)
