"""Notices: what a reader must know before believing the figures, the gravest first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labreport.fields import finite
from labreport.run import SPEED, Run
from labreport.units import count, listing, percent, sentence

FAILURES_SHOWN = 6
DISCARDED_SHARE = 0.05  # of the samples; fewer say nothing about the machine, the plan's table has their number
DISCARDED_SERIOUS = 0.25
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Notice:
    """`level` is serious (changes what can be concluded) or note."""

    level: str
    title: str
    text: str


def notices_of(run: Run) -> list[Notice]:
    sources = (state_notices, failure_notices, counter_notices, said_by_run, discard_notices)
    found = [notice for source in sources for notice in source(run)]
    inside = f"{run.path}/"
    found += [Notice("serious", "The folder is not whole", f"{str(problem).replace(inside, '')}.")
              for problem in run.problems]
    return sorted(found, key=lambda notice: notice.level != "serious")


def state_notices(run: Run) -> list[Notice]:
    found = []
    note = run.raw.get("note")
    if isinstance(note, str):
        found.append(Notice("serious", "Not a measurement", note))
    if run.raw.get("state") == "partial":
        words = "It was cut short. What was measured until then is here, in fewer rounds and with wider intervals."
        found.append(Notice("serious", "Partial run", words))
    if run.raw.get("quick") is True:
        rounds = run.plan.raw.get("rounds", "?")
        words = (f"At most {rounds} rounds and short processes: good for a first look, not for "
                 "a claim. Run again without the quick option for narrower intervals.")
        found.append(Notice("note", "Quick run", words))
    return found


def failure_notices(run: Run) -> list[Notice]:
    failures = [failure for failure in run.array("failures") if isinstance(failure, dict)]
    if not failures:
        return []
    lines = [f"{item.get('allocator')} on {item.get('workload')}, round {item.get('round')}: {item.get('reason')}"
             for item in failures[:FAILURES_SHOWN]]
    more = len(failures) - FAILURES_SHOWN
    lines += [f"and {more} more, in the table of samples"] if more > 0 else []
    words = f"{'; '.join(lines)}. Such a row carries no claim."
    return [Notice("serious", f"{count(len(failures), 'sample')} failed", words)]


def counter_notices(run: Run) -> list[Notice]:
    counters = run.object("counters")
    state, reason = counters.get("state"), counters.get("reason") or run.machine.get("pmu_reason")
    why = sentence(str(reason or "no reason given"), names_of(run))
    if state == "unavailable" or (state is None and run.machine.get("pmu") is False):
        words = f"{why} Cache misses and branch misses are absent from this report, not zero."
        return [Notice("note", "No hardware counters", words)]
    if state == "simulated":
        words = f"{why} Cache and branch figures come from a simulation and are labelled so."
        return [Notice("note", "Simulated counters", words)]
    return []


def said_by_run(run: Run) -> list[Notice]:
    """The run's own warnings; those that differ only in workload and numbers are one notice."""
    known = counter_notices(run)
    groups: dict[str, list[str]] = {}
    for text in run.array("warnings"):
        if isinstance(text, str) and not (known and "pmu" in text.lower()):
            groups.setdefault(pattern_of(run, text), []).append(text)
    return [Notice("note", "Warning of the run", grouped(run, texts)) for texts in groups.values()]


def names_of(run: Run) -> list[str]:
    """What keeps its small letter at the start of a sentence."""
    return [*run.workloads, *run.arms, *(arm.label for arm in run.plan.arms)]


def pattern_of(run: Run, text: str) -> str:
    for workload in sorted(run.workloads, key=len, reverse=True):
        text = text.replace(workload, "W")
    return NUMBER.sub("N", text)


def grouped(run: Run, texts: list[str]) -> str:
    words = sentence(texts[0], names_of(run))
    if len(texts) == 1:
        return words
    named = [workload for workload in run.workloads if any(workload in text.split() for text in texts[1:])]
    return f"{words} The same, but for the numbers: {listing(named) or count(len(texts) - 1, 'more time')}."


def discard_notices(run: Run) -> list[Notice]:
    """The share is that of all processes that ran; nothing is said where neither samples nor summary tell how many."""
    number = int(finite(run.object("discarded").get("count")) or 0)
    summed = sum(row.n for row in run.estimates if row.metric == SPEED)
    measured = len(run.samples) if len(run.samples) >= number else summed + number if summed else 0
    share = number / measured if measured else 0.0
    if share < DISCARDED_SHARE:
        return []
    words = f"That is {percent(share, 0)} of all: the machine was busy. The rule stands under Reproduce."
    level = "serious" if share > DISCARDED_SERIOUS else "note"
    return [Notice(level, f"{count(number, 'sample')} discarded and run again", words)]
