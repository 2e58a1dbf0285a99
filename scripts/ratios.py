"""Ratios of hakmem's costs to other allocators', from the samples of runs: medians, intervals, geometric means.

A ratio is formed within a round; an interval is of order statistics (perf/METHOD.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

HAKMEM, REFERENCE = "hakmem", "mimalloc"
CONFIDENCE = 0.95
KIB_PER_MIB = 1024
NAME_SHOWN = 9  # letters of an allocator's name that the table has room for


class Sample(NamedTuple):
    """What one run of a shape under one allocator said of itself."""

    round: int  # from 1 on
    shape: str
    allocator: str
    ops: int
    cpu_ns: int
    peak_rss_kib: int
    checksum: int
    misaligned: int


Cost = Callable[[Sample], float]


def ns_per_op(sample: Sample) -> float:
    return sample.cpu_ns / sample.ops


def peak_mib(sample: Sample) -> float:
    return sample.peak_rss_kib / KIB_PER_MIB


def figure(ratio: float) -> str:
    """A ratio in four characters, as long as it is below 10,000."""
    return f"{ratio:.2f}" if ratio < 9.995 else f"{ratio:.1f}" if ratio < 99.95 else f"{ratio:.0f}"


def coverage(count: int, k: int) -> float:
    """How sure it is that the k-th smallest to the k-th largest of `count` values hold the median that they are of."""
    return max(0.0, 1 - 2 * sum(math.comb(count, i) for i in range(k)) / 2 ** count)


def rank(count: int) -> int:
    """The largest k whose interval is sure enough; 1 where none is."""
    return max((k for k in range(1, count // 2 + 1) if coverage(count, k) >= CONFIDENCE), default=1)


@dataclass(frozen=True)
class Ratio:
    """hakmem's cost over another allocator's: the median of all rounds, and its interval."""

    against: str
    median: float
    low: float
    high: float
    rounds: list[float]

    @staticmethod
    def of(against: str, rounds: list[float]) -> Ratio:
        k = rank(len(rounds))
        ordered = sorted(rounds)
        return Ratio(against, median(ordered), ordered[k - 1], ordered[-k], rounds)

    def text(self, named: bool) -> str:
        words = figure(self.median)
        if len(self.rounds) > 1:
            words += f" {figure(self.low)}..{figure(self.high)}"
        return f"{words} {self.against[-NAME_SHOWN:]}" if named else words


@dataclass(frozen=True)
class Row:
    """One shape and one cost: what hakmem takes, and how that compares."""

    shape: str
    cost: float  # hakmem's median
    best: Ratio | None  # None: there is no peer
    reference: Ratio | None  # None: no mimalloc


def costs_by_allocator(samples: Iterable[Sample], shape: str, cost: Cost) -> dict[str, list[float]]:
    """Each allocator's costs in one shape, by round."""
    costs: dict[str, list[float]] = {}
    for sample in sorted(samples, key=lambda one: one.round):
        if sample.shape == shape:
            costs.setdefault(sample.allocator, []).append(cost(sample))
    return costs


def row_of(samples: Iterable[Sample], shape: str, cost: Cost) -> Row:
    costs = costs_by_allocator(samples, shape, cost)
    ours = costs.pop(HAKMEM)

    def against(name: str) -> Ratio:
        return Ratio.of(name, [mine / theirs for mine, theirs in zip(ours, costs[name], strict=True)])

    best = against(min(costs, key=lambda name: median(costs[name]))) if costs else None
    return Row(shape, median(ours), best, against(REFERENCE) if REFERENCE in costs else None)


def geometric_mean(ratios: list[Ratio | None], against: str) -> Ratio | None:
    """Over the rows, round by round; None unless every row has the ratio."""
    there = [ratio for ratio in ratios if ratio is not None]
    if not there or len(there) < len(ratios):
        return None
    rounds = zip(*(ratio.rounds for ratio in there), strict=True)
    return Ratio.of(against, [math.exp(sum(map(math.log, one)) / len(one)) for one in rounds])


def means(rows: list[Row]) -> dict[str, Ratio | None]:
    return {"best": geometric_mean([row.best for row in rows], "best"),
            "reference": geometric_mean([row.reference for row in rows], REFERENCE)}
