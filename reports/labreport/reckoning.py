"""The reckoning: every figure that run.json takes from the samples, worked out once more from samples.jsonl.

The rules are those of perf/METHOD.md, written a second time and from nothing but the text, so that a fault of the
driver's arithmetic shows as well as a file that was edited, cut or mixed up with another run's.  Nothing here is ever
shown in place of what run.json says: figures that do not follow from the samples are named, and the reader decides.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from labreport.comparison import Comparison
from labreport.estimate import Estimate
from labreport.noise import Noise
from labreport.problem import Problem
from labreport.run import SPEED, Run

ALPHA = 0.05  # of all comparisons on one workload and metric together
CLOSE = 1e-6  # relative: both sides print fifteen digits, and take logarithms in another order
ABLATION_ROWS = "ablation"
FLOOR_MAX = 1.0  # a noise floor above this is no yardstick
SAME_MARGINS = (0.005, 0.01, 0.02, 0.05)
VERDICTS = {True: ("faster", "slower"), False: ("smaller", "larger")}  # of speed, of everything else

Known = dict[str, float | None]


@dataclass
class Reckoning:
    """How many figures were worked out again, and of which rows they do not agree, in words."""

    figures: int = 0
    wrong: list[str] = field(default_factory=list)

    def compare(self, row: str, said: Known, found: Known) -> None:
        self.figures += len(found)
        for name, value in found.items():
            if not agree(said[name], value):
                words = f"{name.replace('_', ' ')} {shown(said[name])}, the samples give {shown(value)}"
                self.wrong.append(f"{row}: {words}")
                return

    def check(self, row: str, right: bool, words: str) -> None:
        self.figures += 1
        if not right:
            self.wrong.append(f"{row}: {words}")


def reckon(run: Run) -> Reckoning:
    """Without samples there is nothing to work out.  A killed run may have samples that run.json does not know."""
    whole = reckon_until(run, math.inf)
    if whole.wrong and run.raw.get("state") == "partial":
        last = max((sample.round for sample in run.samples if sample.counts), default=0)
        before = reckon_until(run, last - 1)
        return before if not before.wrong else whole
    return whole


def problems_of(reckoning: Reckoning, where: str) -> list[Problem]:
    if not reckoning.wrong:
        return []
    words = f"{len(reckoning.wrong)} of its rows do not follow from samples.jsonl, the first {reckoning.wrong[0]}"
    cure = "one of the two was changed, cut or mixed up after the run: trust neither, run it again"
    return [Problem(words, where, cure)]


def reckon_until(run: Run, last: float) -> Reckoning:
    reckoning = Reckoning()
    if not any(sample.counts for sample in run.samples):
        return reckoning
    floors = {(row.workload, row.metric): row.floor for row in run.noise}
    claims = claims_of(run)
    rounds = Rounds(run, last)
    for estimate in run.estimates:
        reckon_median(reckoning, rounds, estimate)
    for noise in run.noise:
        reckon_noise(reckoning, rounds, noise, claims[(noise.workload, noise.metric)])
    for row in run.comparisons:
        if row.ratio is not None:
            reckon_ratio(reckoning, rounds, row, claims[(row.workload, row.metric)])
        reckon_verdict(reckoning, row, floors.get((row.workload, row.metric)))
    return reckoning


def claims_of(run: Run) -> Counter[tuple[str, str]]:
    """How many claims on a workload and metric share the error: comparisons, and an ablation's interactions."""
    claims = Counter((row.workload, row.metric) for row in run.comparisons)
    more = Counter(row.get("workload") for row in run.array(ABLATION_ROWS)
                   if isinstance(row, dict) and row.get("mode") == "interaction")
    for workload, metric in list(claims):
        claims[workload, metric] += more[workload]
    return claims


class Rounds:
    """The values that count, by workload, arm and round."""

    def __init__(self, run: Run, last: float) -> None:
        self.run = run
        self.samples: dict[tuple[str, str], dict[int, list[float | None]]] = {}
        self.metrics: dict[str, int] = {}
        for name in dict.fromkeys(row.metric for row in (*run.estimates, *run.comparisons, *run.noise)):
            self.metrics[name] = len(self.metrics)
        for sample in run.samples:
            if sample.counts and sample.round <= last:
                values = [sample.metric(name) for name in self.metrics]
                self.samples.setdefault((sample.workload, sample.arm), {})[sample.round] = values

    def values(self, workload: str, arm: str, metric: str) -> dict[int, float]:
        place = self.metrics[metric]
        rounds = self.samples.get((workload, arm), {})
        return {turn: value for turn, values in rounds.items() if (value := values[place]) is not None}

    def logarithms(self, workload: str, metric: str, candidate: str, baseline: str) -> list[float]:
        """Of the ratios round by round; above 0 the candidate is better."""
        ours, theirs = self.values(workload, candidate, metric), self.values(workload, baseline, metric)
        sign = 1 if metric == SPEED else -1
        return sorted(sign * math.log(ours[turn] / theirs[turn]) for turn in ours if turn in theirs)


def reckon_median(reckoning: Reckoning, rounds: Rounds, row: Estimate) -> None:
    found = sorted(rounds.values(row.workload, row.allocator, row.metric).values())
    said = {"n": row.n, "median": row.median, "ci_low": row.ci_low, "ci_high": row.ci_high}
    low, high = ends(found, ALPHA)
    middle = median(found) if found else None
    reckoning.compare(f"median of {row.metric} of {row.allocator} on {row.workload}", said,
                      {"n": len(found), "median": middle, "ci_low": low, "ci_high": high})


def reckon_noise(reckoning: Reckoning, rounds: Rounds, row: Noise, claims: int) -> None:
    control = rounds.run.plan.aa_arm
    if not control:
        return
    found = rounds.logarithms(row.workload, row.metric, control, control.split("#")[0])
    said = {"rounds": row.rounds, "ratio": row.ratio, "ci_low": row.ci_low, "ci_high": row.ci_high, "floor": row.floor}
    compare_ratio(reckoning, f"noise floor of {row.metric} on {row.workload}", said, found, claims)


def reckon_ratio(reckoning: Reckoning, rounds: Rounds, row: Comparison, claims: int) -> None:
    found = rounds.logarithms(row.workload, row.metric, row.candidate, row.baseline)
    said = {"rounds": row.rounds, "ratio": row.ratio, "ci_low": row.ci_low, "ci_high": row.ci_high}
    compare_ratio(reckoning, row_name(row), said, found, claims)


def compare_ratio(reckoning: Reckoning, name: str, said: Known, logs: list[float], claims: int) -> None:
    low, high = ends(logs, ALPHA / max(claims, 1))
    found: Known = {"rounds": len(logs), "ratio": factor(median(logs) if logs else None), "ci_low": factor(low),
                    "ci_high": factor(high)}
    if "floor" in said:
        found["floor"] = None if low is None or high is None else math.expm1(max(abs(low), abs(high)))
    reckoning.compare(name, said, found)


def reckon_verdict(reckoning: Reckoning, row: Comparison, floor: float | None) -> None:
    verdict, within = verdict_of(row, floor)
    reckoning.check(row_name(row), row.verdict == verdict and agree(row.same_within, within),
                    f"{verdict_words(row.verdict, row.same_within)}, but its interval and the noise floor allow "
                    f"{verdict_words(verdict, within)}")


def verdict_of(row: Comparison, floor: float | None) -> tuple[str, float | None]:
    """A claim needs an interval without 1 and an effect beyond the floor; the same, an interval within a margin."""
    if row.ratio is None or row.ci_low is None or row.ci_high is None or floor is None or floor > FLOOR_MAX:
        return "unresolved", None
    better, worse = VERDICTS[row.metric == SPEED]
    if row.ci_low > 1 and row.ratio > 1 + floor:
        return better, None
    if row.ci_high < 1 and 1 / row.ratio > 1 + floor:
        return worse, None
    margin = next((margin for margin in SAME_MARGINS if reach(row) <= margin), None)
    return "unresolved" if margin is None else "same", margin


def verdict_words(verdict: str, within: float | None) -> str:
    return f"'{verdict}'" if within is None else f"'{verdict} within {100 * within:g} %'"


def reach(row: Comparison) -> float:
    """How far the interval, which there is, goes from 1, as a factor less 1."""
    assert row.ci_low is not None and row.ci_high is not None
    return math.expm1(max(abs(math.log(row.ci_low)), abs(math.log(row.ci_high))))


def ends(ordered: list[float], alpha: float) -> tuple[float, float] | tuple[None, None]:
    """The interval of the median between order statistics: sure by 1 - alpha, whatever the distribution."""
    rank = sum(1 for _ in ranks(len(ordered), alpha))
    return (ordered[rank - 1], ordered[-rank]) if rank else (None, None)


def ranks(n: int, alpha: float) -> Iterator[int]:
    """1, 2, ... as long as both tails of n tosses of a coin, with fewer heads than that, are no more than alpha."""
    tail, most = 0, alpha * 2 ** n / 2
    for rank in range(1, n // 2 + 1):
        tail += math.comb(n, rank - 1)
        if tail > most:
            return
        yield rank


def factor(logarithm: float | None) -> float | None:
    return None if logarithm is None else math.exp(logarithm)


def agree(said: float | None, found: float | None) -> bool:
    if said is None or found is None:
        return said is None and found is None
    return math.isclose(said, found, rel_tol=CLOSE, abs_tol=CLOSE)


def row_name(row: Comparison) -> str:
    return f"{row.metric} of {row.candidate} against {row.baseline} on {row.workload}"


def shown(value: float | None) -> str:
    return "no figure" if value is None else f"{value:.6g}"
