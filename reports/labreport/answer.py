"""The answer: the run in one sentence, with its interval, noise floor and the smallest effect that can be seen."""

from __future__ import annotations

from dataclasses import dataclass

from labreport.comparison import Comparison
from labreport.run import SPEED, Run
from labreport.selftest import smallest_effect
from labreport.units import count, listing, percent, ratio, ratio_interval, sentence, with_unit

CORE_WORKLOAD = "random_mixed"


@dataclass(frozen=True)
class Answer:
    """`headline` is the sentence; `evidence` its interval and noise floor; `more` further lines."""

    headline: str
    evidence: str
    more: list[str]


def answer_of(run: Run) -> Answer:
    row = main_comparison(run)
    if row is None:
        return without_comparison(run)
    return Answer(headline(row), evidence(run, row), against_others(run, row))


def main_comparison(run: Run) -> Comparison | None:
    """The hero against its first rival on the core workload; where that was not measured, the first there is."""
    hero = run.hero
    if hero is None:
        return None
    places = sorted(run.workloads, key=lambda name: name != CORE_WORKLOAD)
    rows = [row for rival in run.rivals for place in places
            if (row := run.comparison(place, SPEED, hero, rival)) is not None]
    measured = [row for row in rows if row.ratio is not None]
    return next(iter(measured or rows), None)


def headline(row: Comparison) -> str:
    names = f"{row.candidate} runs {row.workload}"
    if row.ratio is None:
        return f"No claim can be made about {row.candidate} against {row.baseline} on {row.workload}."
    if row.verdict == "same":
        within = f", within {percent(row.same_within)}" if row.same_within else ""
        return f"{row.candidate} and {row.baseline} run {row.workload} equally fast{within}."
    if row.verdict == "unresolved":
        return f"Not resolved: {row.candidate} against {row.baseline} on {row.workload}."
    return f"{names} at {ratio(row.ratio)} the speed of {row.baseline}."


def evidence(run: Run, row: Comparison) -> str:
    parts = [f"median ratio {ratio(row.ratio)}"] if row.verdict in ("unresolved", "same") and row.ratio else []
    interval = ratio_interval(row.ci_low, row.ci_high)
    if interval:
        parts.append(f"{percent(row.confidence, 0)} interval {interval}, {count(row.rounds, 'round')}")
    elif row.ratio is None:
        parts.append(row.words)
    else:
        parts.append(f"no interval ({count(row.rounds, 'round')}: fewer than 6 allow no claim)")
    noise = run.noise_of(row.workload, SPEED)
    if noise is not None and noise.floor is not None:
        parts.append(f"noise floor there: {percent(noise.floor)}")
    else:
        why = "the control ran in too few rounds" if noise is not None else "no control arm ran"
        parts.append(f"noise floor there: unknown, {why}")
    parts.append(smallest_effect(run))
    return sentence("; ".join(part.rstrip(".") for part in parts))


def against_others(run: Run, row: Comparison) -> list[str]:
    """The same candidate on the same workload against everyone else, in one line."""
    parts = []
    for rival in run.rivals:
        other = run.comparison(row.workload, SPEED, row.candidate, rival)
        if other is not None and other.ratio is not None and rival != row.baseline:
            interval = ratio_interval(other.ci_low, other.ci_high)
            parts.append(f"{ratio(other.ratio)} {rival}" + (f" ({interval})" if interval else ""))
    return [f"On the same workload it runs at {listing(parts)}."] if parts else []


def without_comparison(run: Run) -> Answer:
    best = [row for row in run.estimates if row.metric == SPEED and row.allocator in run.arms]
    evidence_words = "This run holds no comparison, so there is no ratio, no interval and no verdict."
    if not best:
        return Answer("This run holds no speed that can be shown.", evidence_words, [])
    core = [row for row in best if row.workload == CORE_WORKLOAD] or best
    top = max(core, key=lambda row: row.median)
    words = f"{top.allocator} runs {top.workload} at {with_unit(top.median, SPEED)}, the best median measured."
    return Answer(words, evidence_words, [])
