"""The scoreboard: the hero against every rival on every workload, as heat tables with the verdict in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from labreport.comparison import Comparison
from labreport.run import MEMORY, SPEED, Run
from labreport.selftest import smallest_effect
from labreport.units import ratio, ratio_interval

FULL_HEAT = math.log(2)  # a factor of two is as deep as the colour goes
BETTER, WORSE = ("faster", "smaller"), ("slower", "larger")
SIGNS = {"faster": "▲", "smaller": "▲", "slower": "▼", "larger": "▼", "same": "=", "unresolved": "?"}


@dataclass(frozen=True)
class Score:
    """One cell: a number, its verdict in words with a sign, its interval; `heat` is how deep the colour is."""

    text: str
    value: float | None
    verdict: str
    note: str
    tone: str
    heat: float = 0.0


@dataclass(frozen=True)
class Board:
    """One heat table: the rows are workloads, the columns rivals."""

    metric: str
    title: str
    hint: str
    columns: list[str]
    tallies: list[str]
    rows: list[tuple[str, list[Score]]]


def boards_of(run: Run) -> list[Board]:
    if run.hero is None or not run.rivals:
        return []
    kinds = [
        (SPEED, f"Speed of {run.hero} against",
         f"ratio of operations per second; above 1 is faster; {smallest_effect(run)}"),
        (MEMORY, f"Peak memory of {run.hero} against", "ratio of peak memory; above 1 is smaller"),
    ]
    return [board for metric, title, hint in kinds if (board := board_of(run, metric, title, hint)) is not None]


def board_of(run: Run, metric: str, title: str, hint: str) -> Board | None:
    hero = run.hero or ""
    columns = [rival for rival in run.rivals if any(row.baseline == rival for row in run.compared(metric))]
    rows = [(workload, [score(run.comparison(workload, metric, hero, rival)) for rival in columns])
            for workload in run.workloads]
    tallies = [tally(scores) for scores in zip(*(scores for _, scores in rows))]
    return Board(metric, title, hint, columns, tallies, rows) if columns else None


def tally(scores: Iterable[Score]) -> str:
    """How a column ends: 4 faster, 3 unresolved."""
    found = Counter(score.verdict.split()[-1] for score in scores if score.value is not None)
    return " · ".join(f"{number} {verdict}" for verdict, number in found.most_common())


def score(row: Comparison | None) -> Score:
    if row is None:
        return Score("–", None, "not compared", "", "none")
    if row.ratio is None:
        return Score("–", None, "no claim", row.words.removeprefix("no claim: "), "none")
    sign = SIGNS.get(row.verdict, "")
    interval = ratio_interval(row.ci_low, row.ci_high) or "no interval"
    if in_the_noise(row):
        interval += "; within the noise floor"
    return Score(ratio(row.ratio), row.ratio, f"{sign} {row.verdict}".strip(), interval, tone(row), heat(row))


def in_the_noise(row: Comparison) -> bool:
    """An interval without 1 is unresolved for one reason alone, which its reader would look for."""
    return (row.verdict == "unresolved" and row.ci_low is not None and row.ci_high is not None
            and not row.ci_low <= 1 <= row.ci_high)


def tone(row: Comparison) -> str:
    if row.verdict in BETTER:
        return "better"
    return "worse" if row.verdict in WORSE else "plain"


def heat(row: Comparison) -> float:
    """Depth of the colour, from the ratio; only a verdict has one."""
    if row.ratio is None or row.verdict not in BETTER + WORSE:
        return 0.0
    return round(0.18 + 0.82 * min(1.0, abs(math.log(row.ratio)) / FULL_HEAT), 3)
