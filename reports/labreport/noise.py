"""A noise floor: how far an allocator differs from itself, the smallest effect that a row can show."""

from __future__ import annotations

from dataclasses import dataclass

from labreport.fields import Fields


@dataclass(frozen=True)
class Noise:
    workload: str
    metric: str
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    floor: float | None
    rounds: int


def read_noise(fields: Fields) -> Noise:
    return Noise(
        workload=fields.text("workload"),
        metric=fields.text("metric"),
        ratio=fields.maybe_number("ratio"),
        ci_low=fields.maybe_number("ci_low"),
        ci_high=fields.maybe_number("ci_high"),
        floor=fields.maybe_number("floor"),
        rounds=fields.count("rounds"),
    )
