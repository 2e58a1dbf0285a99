"""The smallest effect that the machine can see, beside the tables of the page and of the Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from document import Document
from labreport.folder import read_folder
from labreport.markdown import markdown
from labreport.page import render
from synthetic import make_run, write_run

FOUND = {"quick": False, "workloads": ["random_mixed"], "finished_at": "2025-01-01T00:00:00Z", "passed": True,
         "aa_trials": 40, "false_claim_rate": 0.025, "false_claim_interval": [0.001, 0.13],
         "detected": {"1": 0.3, "2": 0.95, "5": 1.0}, "detected_intervals": {"1": None, "2": None, "5": None},
         "smallest_detectable_effect": 2, "detectable_effect_estimate": 1.7, "effect_unit": "percent"}

CASES: list[tuple[dict[str, Any] | None, str]] = [
    (None, "unknown until ./harness selftest has run"),
    ({}, "2 % (self-test, 1 false claims in 40 trials of nothing)"),
    ({"quick": True}, "2 % (quick self-test, 1 false claims"),
    ({"smallest_detectable_effect": None}, "none of those tried, up to 5 % (self-test)"),
    ({"smallest_detectable_effect": None, "detected_trials": {"1": 9, "2": 10, "5": 10}}, "unknown, the self-test had"),
    ({"passed": False}, "unknown, its last self-test did not pass"),
    ({"smallest_detectable_effect": "2", "aa_trials": None}, "none of those tried"),
]


@pytest.mark.parametrize("change, words", CASES)
def test_beside_every_table(tmp_path: Path, change: dict[str, Any] | None, words: str) -> None:
    run, samples = make_run(rounds=7, workloads=["tiny_hot"])
    run["selftest"] = None if change is None else {**FOUND, **change}
    write_run(tmp_path, run, samples)
    loaded = read_folder(tmp_path)
    said = f"smallest effect this machine can see: {words}"
    assert Document(render(loaded)).text.count(said) == 3  # the answer, the scoreboard, the comparisons
    assert markdown(loaded).replace("\\", "").count(said) == 2
