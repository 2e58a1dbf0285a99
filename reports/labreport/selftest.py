"""What the lab's self-test on this machine said: how small an effect a run here can see."""

from __future__ import annotations

from labreport.fields import finite
from labreport.run import Run

TRIALS_MIN = 10  # of each slowdown, as in perf/driver/selftest_figures.h
LEAD = "smallest effect this machine can see"


def smallest_effect(run: Run) -> str:
    """A phrase for beside a table; the figures are slowdowns in percent that 80 % of trials saw."""
    selftest = run.object("selftest")
    if not selftest:
        return f"{LEAD}: unknown until ./harness selftest has run"
    kind = "quick self-test" if selftest.get("quick") is True else "self-test"
    if selftest.get("passed") is not True:
        return f"{LEAD}: unknown, its last {kind} did not pass"
    smallest = finite(selftest.get("smallest_detectable_effect"))
    if smallest is None and has_few_trials(selftest):
        return f"{LEAD}: unknown, the {kind} had too few trials"
    if smallest is None:
        return f"{LEAD}: none of those tried, up to 5 % ({kind})"
    return f"{LEAD}: {smallest:g} % ({kind}, {false_claims(selftest)})"


def has_few_trials(selftest: dict) -> bool:
    """Too few of any slowdown to say that it cannot be seen."""
    trials = selftest.get("detected_trials")
    counts = [finite(count) for count in trials.values()] if isinstance(trials, dict) else []
    return any(count is not None and count < TRIALS_MIN for count in counts)


def false_claims(selftest: dict) -> str:
    trials, rate = finite(selftest.get("aa_trials")), finite(selftest.get("false_claim_rate"))
    if not trials or rate is None:
        return "no trials of nothing"
    return f"{round(rate * trials)} false claims in {trials:g} trials of nothing"
