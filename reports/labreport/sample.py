"""A sample: what one process of the lab measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labreport.fields import Fields, finite

WARM_UP_ROUND = 0


@dataclass(frozen=True)
class Sample:
    workload: str
    arm: str
    round: int
    order: int
    state: str
    reason: str | None
    raw: dict[str, Any]

    @property
    def ok(self) -> bool:
        return self.state == "ok"

    @property
    def counts(self) -> bool:
        """Takes part in medians and ratios: round 0 is the warm-up."""
        return self.ok and self.round > WARM_UP_ROUND

    def metric(self, name: str) -> float | None:
        """A measured value by its field name; values of these metrics are positive, so zero counts as absent."""
        value = finite(self.raw.get(name))
        return value if value is not None and value > 0 else None

    def field(self, name: str) -> float | None:
        return finite(self.raw.get(name))


def read_sample(fields: Fields) -> Sample:
    return Sample(
        workload=fields.text("workload"),
        arm=fields.maybe_text("arm") or fields.text("allocator_label"),
        round=fields.count("round"),
        order=fields.count("order"),
        state=fields.maybe_text("state") or "ok",
        reason=fields.maybe_text("reason"),
        raw=fields.raw,
    )
