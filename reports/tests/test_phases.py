"""The sentence over the charts by phase: from the worst change to the best, and whether anything was resolved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labreport.folder import read_folder
from labreport.sections.phases import conclusion
from synthetic import make_run, write_run


def words(folder: Path, factors: dict[str, float], **changes: Any) -> str:
    """The sentence about a run whose phase3 has these speeds against phase0; `changes` are made to every comparison."""
    run, samples = make_run(rounds=10, workloads=factors)
    base = {row["workload"]: row["median"] for row in run["summary"]
            if (row["allocator"], row["metric"]) == ("phase0", "ops_per_sec")}
    for row in run["summary"]:
        if (row["allocator"], row["metric"]) == ("phase3", "ops_per_sec"):
            row["median"] = base[row["workload"]] * factors[row["workload"]]
    for row in run["comparisons"]:
        row.update(changes)
    return conclusion(read_folder(write_run(folder / "run", run, samples)))


def test_the_sentence_goes_from_the_worst_to_the_best(tmp_path: Path) -> None:
    assert words(tmp_path, {"mid_large": 1.148, "random_mixed": 1.0, "remote_free": 0.266}) == (
        "From phase0 to phase3 the median speed changes from −73.4 % (remote_free) to +14.8 % (mid_large).")


def test_one_workload_has_one_change(tmp_path: Path) -> None:
    assert words(tmp_path, {"tiny_hot": 1.1}) == (
        "From phase0 to phase3 the median speed changes by +10.0 % (tiny_hot).")


def test_it_says_when_nothing_was_resolved(tmp_path: Path) -> None:
    factors = {"tiny_hot": 1.1, "mid_large": 0.9}
    said = words(tmp_path, factors, verdict="unresolved")
    assert said.startswith("No difference resolved: from phase0 to phase3 the median speed changes from −10.0 %")
    said = words(tmp_path, factors, ci_low=None, ci_high=None, verdict="none")
    assert said.startswith("No difference resolved: ")
    assert words(tmp_path, factors, verdict="same").startswith("From phase0")
