"""A comparison: the ratio of two allocators on one workload and one metric, with its interval and its verdict."""

from __future__ import annotations

from dataclasses import dataclass

from labreport.fields import Fields


@dataclass(frozen=True)
class Comparison:
    """Ratio > 1 means that the candidate is better, for every metric."""

    workload: str
    metric: str
    baseline: str
    candidate: str
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    confidence: float
    rounds: int
    verdict: str
    same_within: float | None
    words: str

    @property
    def has_interval(self) -> bool:
        return self.ci_low is not None and self.ci_high is not None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.workload, self.metric, self.baseline, self.candidate)


def read_comparison(fields: Fields) -> Comparison:
    return Comparison(
        workload=fields.text("workload"),
        metric=fields.text("metric"),
        baseline=fields.text("baseline"),
        candidate=fields.text("candidate"),
        ratio=positive(fields.maybe_number("ratio")),
        ci_low=positive(fields.maybe_number("ci_low")),
        ci_high=positive(fields.maybe_number("ci_high")),
        confidence=fields.maybe_number("confidence") or 0.95,
        rounds=fields.count("rounds"),
        verdict=fields.maybe_text("verdict") or "unresolved",
        same_within=fields.maybe_number("same_within"),
        words=fields.maybe_text("words") or "",
    )


def positive(value: float | None) -> float | None:
    """A ratio of two positive quantities; anything else is no ratio and cannot stand on a log axis."""
    return value if value is not None and value > 0 else None
