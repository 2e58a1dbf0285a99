"""What the rows of drawn programs show together: how often hakmem is near the best, its worst rows, and how far each
single allocator is from the best of every row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median

from drawn import Program
from ratios import Cost, Ratio, Row, Sample, costs_by_allocator, figure, geometric_mean

NEAR = 1.05  # within 5 % of the best peer, or below it
WORST = 10  # rows that are named
COST_WORDS = {"ns_per_op": "time", "peak_mib": "memory"}  # in the order of the table
NAME_WIDTH = 16


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


def near(rows: list[Row]) -> int:
    """Rows in which hakmem is within 5 % of the best peer, or better."""
    return sum(row.best is not None and row.best.median <= NEAR for row in rows)


def worst(rows: list[Row]) -> list[Row]:
    """The rows in which hakmem is farthest above the best peer, farthest first."""
    behind = [row for row in rows if row.best is not None]
    return sorted(behind, key=lambda row: -row.best.median)[:WORST]


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
        for cost, words in COST_WORDS.items():
            yield f"worst in {words}:"
            for row in worst(self.rows[cost]):
                yield f"  {row.shape:<11} {row.best.text(True)}: {self.programs[row.shape].words()}"
        yield from self.distance_lines()

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
                "worst": {cost: [row.shape for row in worst(rows)] for cost, rows in self.rows.items()},
                "distances": {cost: [asdict(one) for one in there] for cost, there in self.distances.items()}}
