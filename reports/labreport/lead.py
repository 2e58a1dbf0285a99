"""A lead: whether an arm is ahead of another on a workload and metric, by more than chance and the noise floor explain.

Where the two were compared, that is the verdict.  Where they were not, as two rivals of the hero, the intervals of
their medians have to be apart, and the medians farther from each other than the noise floor; else there is no lead.
"""

from __future__ import annotations

from labreport.estimate import Estimate
from labreport.run import SPEED, Run

AHEAD = {"faster", "smaller"}
BEHIND = {"slower", "larger"}


def leads(run: Run, workload: str, metric: str, one: str, other: str) -> bool:
    for candidate, baseline, wanted in ((one, other, AHEAD), (other, one, BEHIND)):
        row = run.comparison(workload, metric, candidate, baseline)
        if row is not None:
            return row.verdict in wanted
    ours, theirs = run.estimate(workload, one, metric), run.estimate(workload, other, metric)
    if ours is None or theirs is None:
        return False
    return apart(theirs, ours, floor_of(run, workload, metric)) if metric == SPEED else \
        apart(ours, theirs, floor_of(run, workload, metric))


def apart(low: Estimate, high: Estimate, floor: float | None) -> bool:
    if low.ci_high is None or high.ci_low is None or floor is None:
        return False
    return low.ci_high < high.ci_low and high.median > low.median * (1 + floor)


def floor_of(run: Run, workload: str, metric: str) -> float | None:
    noise = run.noise_of(workload, metric)
    return noise.floor if noise is not None else None


def leader(run: Run, workload: str, metric: str, arms: list[str]) -> str | None:
    """Who is ahead of every other one."""
    def ahead_of_all(one: str) -> bool:
        return all(leads(run, workload, metric, one, other) for other in arms if other != one)

    return next((one for one in arms if ahead_of_all(one)), None)


def beaten(run: Run, workload: str, metrics: tuple[str, str], arm: str, others: list[str]) -> bool:
    """Whether another one is ahead in both metrics."""
    return any(all(leads(run, workload, metric, other, arm) for metric in metrics) for other in others if other != arm)
