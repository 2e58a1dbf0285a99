"""Notices: what a reader must know before believing the figures, the gravest first."""

from __future__ import annotations

from dataclasses import dataclass

from labreport.fields import finite
from labreport.run import Run
from labreport.units import count

FAILURES_SHOWN = 6


@dataclass(frozen=True)
class Notice:
    """`level` is serious (changes what can be concluded) or note."""

    level: str
    title: str
    text: str


def notices_of(run: Run) -> list[Notice]:
    found = [*state_notices(run), *failure_notices(run), *counter_notices(run), *said_by_run(run), *discard_notices(run)]
    found += [Notice("serious", "The folder is not whole", f"{problem}.") for problem in run.problems]
    return sorted(found, key=lambda notice: notice.level != "serious")


def state_notices(run: Run) -> list[Notice]:
    found = []
    note = run.raw.get("note")
    if isinstance(note, str):
        found.append(Notice("serious", "Not a measurement", note))
    if run.raw.get("state") == "partial":
        found.append(Notice("serious", "Partial run", "It was cut short. What was measured until then is here; rounds "
                            "and intervals are fewer and wider than planned."))
    if run.raw.get("quick") is True:
        found.append(Notice("note", "Quick run", f"At most {run.plan.raw.get('rounds', '?')} rounds and short processes: "
                            "good for a first look, not for a claim. Run again without the quick option for narrower "
                            "intervals."))
    return found


def failure_notices(run: Run) -> list[Notice]:
    failures = [failure for failure in run.array("failures") if isinstance(failure, dict)]
    if not failures:
        return []
    lines = [
        f"{failure.get('allocator')} on {failure.get('workload')}, round {failure.get('round')}: {failure.get('reason')}"
        for failure in failures[:FAILURES_SHOWN]
    ]
    more = len(failures) - FAILURES_SHOWN
    lines += [f"and {more} more, in the table of samples"] if more > 0 else []
    return [Notice("serious", f"{count(len(failures), 'sample')} failed", "; ".join(lines) + ". Its rows carry no claim.")]


def counter_notices(run: Run) -> list[Notice]:
    counters = run.object("counters")
    state, reason = counters.get("state"), counters.get("reason") or run.machine.get("pmu_reason")
    if state == "unavailable" or (state is None and run.machine.get("pmu") is False):
        return [Notice("note", "No hardware counters", f"{reason or 'No reason given'}. Cache misses and branch misses are "
                       "absent from this report, not zero.")]
    if state == "simulated":
        return [Notice("note", "Simulated counters", f"{reason or 'No hardware counters'}. Cache and branch figures come "
                       "from a simulation and are labelled so.")]
    return []


def said_by_run(run: Run) -> list[Notice]:
    known = counter_notices(run)
    texts = [text for text in run.array("warnings") if isinstance(text, str)]
    return [Notice("note", "Warning of the run", text) for text in dict.fromkeys(texts)
            if not (known and "pmu" in text.lower())]


def discard_notices(run: Run) -> list[Notice]:
    discarded = run.object("discarded")
    number = int(finite(discarded.get("count")) or 0)
    if not number:
        return []
    return [Notice("note", f"{count(number, 'sample')} discarded and run again", f"The rule: {discarded.get('rule')}.")]
