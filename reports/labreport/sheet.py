"""A sheet: every median and comparison as CSV, with full precision, one line each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from labreport.run import Run

HEAD = ["run", "record", "workload", "metric", "allocator", "baseline", "value", "ci_low", "ci_high", "min", "max", "n",
        "confidence", "verdict"]
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def sheet(run: Run) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(HEAD)
    for line in lines(run):
        writer.writerow([safe(value) for value in (run.name, *line)])
    return target.getvalue()


def lines(run: Run) -> Iterator[tuple[object, ...]]:
    for row in run.estimates:
        yield ("median", row.workload, row.metric, row.allocator, "", row.median, row.ci_low, row.ci_high, row.low,
               row.high, row.n, "", "")
    for item in run.comparisons:
        yield ("ratio", item.workload, item.metric, item.candidate, item.baseline, item.ratio, item.ci_low,
               item.ci_high, "", "", item.rounds, item.confidence, item.verdict)
    for noise in run.noise:
        yield ("noise_floor", noise.workload, noise.metric, run.plan.aa_arm, "", noise.floor, noise.ci_low,
               noise.ci_high, "", "", noise.rounds, "", "")


def safe(value: object) -> object:
    """Text that a spreadsheet would run as a formula is quoted with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
