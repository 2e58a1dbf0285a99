"""Metrics of the counters, as run.json has them: a table for each workload, and why the others are unavailable."""

from __future__ import annotations

from dataclasses import dataclass

from labreport.fields import Fields, objects
from labreport.run import Run
from labreport.section import Cell, Table
from labreport.units import count, listing, percent, significant

NAMES = ("workload", "allocator", "group", "metric", "state")
MEASURED, SCALED, UNAVAILABLE = "measured", "scaled", "unavailable"


@dataclass(frozen=True)
class Metric:
    """One metric of one allocator on one workload; without a value it is unavailable."""

    workload: str
    allocator: str
    group: str
    name: str
    meaning: str
    value: float | None
    coverage: float | None
    samples: int
    reason: str

    @property
    def state(self) -> str:
        if self.value is None:
            return UNAVAILABLE
        return MEASURED if self.coverage is None or self.coverage >= 1 else SCALED


def read_metrics(run: Run) -> list[Metric]:
    return [read_metric(Fields(entry)) for entry in objects(run.raw.get("counter_metrics"), *NAMES)]


def read_metric(fields: Fields) -> Metric:
    value = None if fields.text("state") == UNAVAILABLE else fields.maybe_number("value")
    return Metric(fields.text("workload"), fields.text("allocator"), fields.text("group"), fields.text("metric"),
                  fields.maybe_text("meaning") or "", value, fields.maybe_number("coverage"), fields.count("samples"),
                  fields.maybe_text("reason") or "the run does not say why")


def conclusion(metrics: list[Metric]) -> str:
    """How many metrics there are in which state, one that has a value anywhere counted as that."""
    states: dict[str, set[str]] = {}
    for metric in metrics:
        states.setdefault(metric.name, set()).add(metric.state)
    best = [next(state for state in (SCALED, MEASURED, UNAVAILABLE) if state in found) for found in states.values()]
    words = [f"{best.count(state)} {state}" for state in (MEASURED, SCALED, UNAVAILABLE) if state in best]
    return f"Of {count(len(best), 'metric')} of the counter groups: {listing(words)}." if best else ""


def tables(metrics: list[Metric]) -> list[Table]:
    known = {metric.name for metric in metrics if metric.value is not None}
    shown = [metric for metric in metrics if metric.name in known]
    missing = [metric for metric in metrics if metric.name not in known]
    made = [values(workload, [metric for metric in shown if metric.workload == workload])
            for workload in names(shown, "workload")]
    return made + ([reasons(missing)] if missing else [])


def names(metrics: list[Metric], field: str) -> list[str]:
    """Each name of this field once, in the order of the run."""
    return list(dict.fromkeys(getattr(metric, field) for metric in metrics))


def values(workload: str, metrics: list[Metric]) -> Table:
    allocators = names(metrics, "allocator")
    found = {(metric.name, metric.allocator): metric for metric in metrics}
    rows = []
    for name in names(metrics, "name"):
        first = next(metric for metric in metrics if metric.name == name)
        cells = [cell(found.get((name, allocator))) for allocator in allocators]
        rows.append([Cell(name, name), Cell(first.group, first.group), *cells, Cell(first.meaning, first.meaning)])
    mark = "; ~ counted a part of the time and scaled up" if any(metric.state == SCALED for metric in metrics) else ""
    return Table(["metric", "group", *allocators, "what it is"], rows, f"Counter metrics on {workload}, medians{mark}")


def cell(metric: Metric | None) -> Cell:
    if metric is None:
        return Cell("–")
    if metric.value is None:
        return Cell(UNAVAILABLE, UNAVAILABLE, note=metric.reason)
    scaled = metric.state == SCALED
    covered = f", counted {percent(metric.coverage, 0)} of the time" if scaled else ""
    note = f"{metric.state}, {count(metric.samples, 'sample')}{covered}"
    return Cell(f"{'~' if scaled else ''}{significant(metric.value, 3)}", metric.value, note=note)


def reasons(metrics: list[Metric]) -> Table:
    """Metrics without a value anywhere: one row each, with the first reason."""
    rows = []
    for name in names(metrics, "name"):
        first = next(metric for metric in metrics if metric.name == name)
        rows.append([Cell(text, text) for text in (name, first.group, UNAVAILABLE, first.reason)])
    return Table(["metric", "group", "state", "why"], rows, "Counter metrics that are unavailable")
