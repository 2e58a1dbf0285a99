"""What the rows of drawn programs show together: how often hakmem is near the best, its worst rows, and how far each
single allocator is from the best of every row."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import NormalDist, mean, median, stdev

from drawn import Program
from ratios import (CONFIDENCE, REFERENCE, Cost, Ratio, Row, Sample, costs_by_allocator, figure,
                    geometric_mean)

NEAR = 1.05  # within 5 % of the best peer, or below it
WORST = 10  # rows that are named
COST_WORDS = {"ns_per_op": "time", "peak_mib": "memory"}  # in the order of the table
AGAINST = {"best": "the best peer", "reference": REFERENCE}  # the ratios of a row
PROGRAMS_MIN = 20  # for an interval over programs
NAME_WIDTH = 16
WIDTH, INDENT = 120, " " * 14  # of lines, and of what goes on on the next one


@dataclass(frozen=True)
class Distance:
    """One allocator's cost over that of the best allocator of each row, itself and hakmem among them."""

    allocator: str
    mean: Ratio  # geometric, over the rows
    worst: float
    worst_shape: str
    best_rows: int  # where it is the best

    def words(self) -> str:
        return (f"{self.mean.text(False):<16} best in {self.best_rows:<4} "
                f"worst {figure(self.worst)} {self.worst_shape}")


def row_distances(samples: list[Sample], shape: str, cost: Cost) -> dict[str, Ratio]:
    """Of each allocator to the one with the lowest median."""
    costs = costs_by_allocator(samples, shape, cost)
    best = min(costs, key=lambda name: median(costs[name]))
    return {name: Ratio.of(best, [one / least for one, least in zip(there, costs[best], strict=True)])
            for name, there in costs.items()}


def distances(samples: list[Sample], shapes: list[str], cost: Cost) -> list[Distance]:
    """The nearest allocator first."""
    rows = {shape: row_distances(samples, shape, cost) for shape in shapes}
    found = []
    for name in rows[shapes[0]]:
        worst = max(shapes, key=lambda shape: rows[shape][name].median)
        mean = geometric_mean([row[name] for row in rows.values()], "best")
        assert mean is not None
        best_rows = sum(row[name].against == name for row in rows.values())
        found.append(Distance(name, mean, rows[worst][name].median, worst, best_rows))
    return sorted(found, key=lambda one: one.mean.median)


@dataclass(frozen=True)
class Expected:
    """The geometric mean of a ratio over programs, and an interval for that of all programs that could be drawn."""

    mean: float
    low: float
    high: float

    @staticmethod
    def of(ratios: list[Ratio | None]) -> Expected | None:
        """From the medians of the rows; None where one is missing, or there are too few for a normal distribution."""
        there = [ratio for ratio in ratios if ratio is not None]
        if len(there) < max(PROGRAMS_MIN, len(ratios)):
            return None
        logs = [math.log(ratio.median) for ratio in there]
        error = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * stdev(logs) / math.sqrt(len(logs))
        return Expected(*(math.exp(mean(logs) + sign * error) for sign in (0, -1, 1)))

    def words(self) -> str:
        return f"{figure(self.mean)} ({figure(self.low)} to {figure(self.high)})"


def expected_line(against: str, times: Expected | None, peaks: Expected | None) -> Iterator[str]:
    if times is not None and peaks is not None:
        yield (f"all programs that could be drawn, {100 * CONFIDENCE:g} % interval: "
               f"{times.words()} of {against}'s time, {peaks.words()} of {against}'s memory")


def near(rows: list[Row]) -> int:
    """Rows in which hakmem is within 5 % of the best peer, or better."""
    return sum(row.best is not None and row.best.median <= NEAR for row in rows)


def worst(rows: list[Row]) -> list[Row]:
    """The rows in which hakmem is farthest above the best peer, farthest first."""
    behind = [row for row in rows if row.best is not None]
    return sorted(behind, key=lambda row: -row.best.median)[:WORST]


def plain(expected: Expected | None) -> dict[str, object] | None:
    return None if expected is None else asdict(expected)


@dataclass(frozen=True)
class Summary:
    """By cost, in the order of COST_WORDS."""

    programs: dict[str, Program]  # by row
    rows: dict[str, list[Row]]
    distances: dict[str, list[Distance]]

    @staticmethod
    def of(programs: list[Program], samples: list[Sample], rows: dict[str, list[Row]],
           costs: dict[str, Cost]) -> Summary:
        by_name = {one.name: one for one in programs}
        return Summary(by_name, {cost: [row for row in there if row.shape in by_name] for cost, there in rows.items()},
                       {name: distances(samples, list(by_name), cost) for name, cost in costs.items()})

    def lines(self) -> Iterator[str]:
        if all(row.best is None for row in self.rows["ns_per_op"]):
            return
        count = len(self.programs)
        yield "drawn programs: within 5 % of the best peer or better in " + ", ".join(
            f"{near(self.rows[cost])} of {count} ({words})" for cost, words in COST_WORDS.items())
        for against, name in AGAINST.items():
            yield from expected_line(name, *(self.expected(cost, against) for cost in COST_WORDS))
        for cost, words in COST_WORDS.items():
            yield f"worst in {words}:"
            for row in worst(self.rows[cost]):
                assert row.best is not None
                text = f"  {row.shape:<11} {row.best.text(True)}: {self.programs[row.shape].words()}"
                yield from textwrap.wrap(text, WIDTH, subsequent_indent=INDENT, break_on_hyphens=False)
        yield from self.distance_lines()

    def expected(self, cost: str, against: str) -> Expected | None:
        """`against` is "best" or "reference", as in a row."""
        return Expected.of([row.best if against == "best" else row.reference for row in self.rows[cost]])

    def distance_lines(self) -> Iterator[str]:
        yield "each allocator over the best of every row: geometric mean, rows in which it is that best, its worst row:"
        peaks = {one.allocator: one for one in self.distances["peak_mib"]}
        for spent in self.distances["ns_per_op"]:
            held = peaks[spent.allocator]
            yield f"  {spent.allocator[-NAME_WIDTH:]:<{NAME_WIDTH}} time {spent.words():<54} memory {held.words()}"

    def plain(self, seed: int) -> dict[str, object]:
        return {"seed": seed,
                "programs": [{"name": one.name, "words": one.words(), **asdict(one)}
                             for one in self.programs.values()],
                "near": {"limit": NEAR, **{cost: near(rows) for cost, rows in self.rows.items()}},
                "expected": {cost: {against: plain(self.expected(cost, against)) for against in AGAINST}
                             for cost in COST_WORDS},
                "worst": {cost: [row.shape for row in worst(rows)] for cost, rows in self.rows.items()},
                "distances": {cost: [asdict(one) for one in there] for cost, there in self.distances.items()}}
