"""An estimate: one arm's typical value of one metric on one workload, with its interval and its extremes."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from labreport.fields import Fields
from labreport.sample import Sample


@dataclass(frozen=True)
class Estimate:
    workload: str
    allocator: str
    metric: str
    unit: str
    n: int
    median: float
    ci_low: float | None
    ci_high: float | None
    low: float | None
    high: float | None


def read_estimate(fields: Fields) -> Estimate:
    return Estimate(
        workload=fields.text("workload"),
        allocator=fields.text("allocator"),
        metric=fields.text("metric"),
        unit=fields.maybe_text("unit") or "",
        n=fields.count("n"),
        median=fields.number("median"),
        ci_low=fields.maybe_number("ci_low"),
        ci_high=fields.maybe_number("ci_high"),
        low=fields.maybe_number("min"),
        high=fields.maybe_number("max"),
    )


def estimates_from(samples: list[Sample]) -> list[Estimate]:
    """Medians without intervals, for a run whose own summary is missing."""
    groups: dict[tuple[str, str, str], list[float]] = {}
    for sample in samples:
        for metric in ("ops_per_sec", "peak_rss_bytes"):
            value = sample.metric(metric)
            if sample.counts and value is not None:
                groups.setdefault((sample.workload, sample.arm, metric), []).append(value)
    return [
        Estimate(workload, arm, metric, "", len(values), median(values), None, None, min(values), max(values))
        for (workload, arm, metric), values in groups.items()
    ]
