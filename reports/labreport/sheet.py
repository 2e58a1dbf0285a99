"""A sheet: every median and comparison, or every single sample, as CSV with full precision, one line each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from labreport.run import Run

HEAD = ["run", "record", "workload", "metric", "allocator", "baseline", "value", "ci_low", "ci_high", "min", "max", "n",
        "confidence", "verdict"]
SAMPLE_HEAD = ["run", "workload", "allocator", "arm", "round", "order", "state", "reason", "started_at", "ops",
               "ops_per_sec", "elapsed_ns", "cpu_user_ns", "cpu_system_ns", "wall_ns", "peak_rss_bytes", "minor_faults",
               "major_faults", "voluntary_switches", "involuntary_switches", "steal_ns", "exit_status", "signal"]
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def sheet(run: Run) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(HEAD)
    for line in lines(run):
        writer.writerow([safe(value) for value in (run.name, *line)])
    return target.getvalue()


def sample_sheet(run: Run) -> str:
    """Every process: warm-up (round 0), discarded and failed ones too.  What one did not measure is empty."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(SAMPLE_HEAD)
    for sample in run.samples:
        known = {**sample.raw, "run": run.name, "allocator": sample.raw.get("allocator_label"), "arm": sample.arm}
        writer.writerow([safe(plain(known.get(name))) for name in SAMPLE_HEAD])
    return target.getvalue()


def plain(value: object) -> object:
    """A text or a number; anything else, as a damaged folder may hold it, is left out."""
    return value if isinstance(value, (str, int, float)) else ""


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
