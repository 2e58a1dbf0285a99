"""Ablation: variants by what make says of the features, gains and interactions from the samples."""

from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from conftest import BUILD, ROOT, load
from test_real import harness

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("SANITIZER")), reason="preloading into a sanitizer's program measures nothing"
)

SHORT = ["--workload", "tiny_hot", "--ops", "2000", "--no-report"]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def ablated(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Row, list[Row]]:
    """Phase 3 in two rounds: what it printed, run.json, samples."""
    folder = tmp_path_factory.mktemp("ablate") / "run"
    ended = harness("ablate", "--phase", "3", *SHORT, "--rounds", "2", "--out", str(folder))
    assert ended.returncode == 0, ended.stderr
    run, samples = load(folder)
    return ended.stdout, run, samples


def row_of(run: Row, feature: str, mode: str) -> Row:
    found = [row for row in run["ablation"] if (row["feature"], row["mode"]) == (feature, mode)]
    assert len(found) == 1, (feature, mode)
    return found[0]


def log_gain(samples: list[Row], turn: int, with_it: str, without_it: str) -> float:
    speeds = {sample["arm"]: sample["ops_per_sec"] for sample in samples
              if sample["round"] == turn and sample["state"] == "ok"}
    return math.log(speeds[with_it] / speeds[without_it])


def test_every_feature_is_left_out_and_added(ablated: tuple[str, Row, list[Row]]) -> None:
    _, run, _ = ablated
    assert run["kind"] == "ablate"
    for feature in ("direct_cache", "branch_hints", "dual_lists+packed_flags"):
        assert {row["mode"] for row in run["ablation"] if row["feature"] == feature} == {
            "without", "alone", "interaction"}
    assert row_of(run, "packed_flags", "without")["candidate"] == "phase3"
    added = row_of(run, "packed_flags", "alone")
    assert (added["candidate"], added["baseline"]) == (
        "phase0-with-dual_lists-packed_flags", "phase0-with-dual_lists")
    whole = row_of(run, "all", "alone")
    assert (whole["candidate"], whole["baseline"]) == ("phase3", "phase0")


def test_gains_and_interactions_are_those_of_the_samples(ablated: tuple[str, Row, list[Row]]) -> None:
    _, run, samples = ablated
    left, added = row_of(run, "branch_hints", "without"), row_of(run, "branch_hints", "alone")
    turns = (1, 2)
    gains = [log_gain(samples, turn, left["candidate"], left["baseline"]) for turn in turns]
    assert left["ratio"] == pytest.approx(math.exp(median(gains)))
    both = [log_gain(samples, turn, left["candidate"], left["baseline"])
            - log_gain(samples, turn, added["candidate"], added["baseline"]) for turn in turns]
    assert row_of(run, "branch_hints", "interaction")["ratio"] == pytest.approx(math.exp(median(both)))
    groups = [row_of(run, name, "alone") for name in ("direct_cache", "branch_hints", "dual_lists+packed_flags")]
    alone = [sum(log_gain(samples, turn, row["candidate"], row["baseline"]) for row in groups) for turn in turns]
    rest = [log_gain(samples, turn, "phase3", "phase0") - part for turn, part in zip(turns, alone)]
    assert row_of(run, "all", "interaction")["ratio"] == pytest.approx(math.exp(median(rest)))


def test_too_few_rounds_claim_nothing(ablated: tuple[str, Row, list[Row]]) -> None:
    _, run, _ = ablated
    assert {row["verdict"] for row in run["ablation"]} == {"unresolved"}
    assert all(row["ci_low"] is None for row in run["ablation"])


def test_the_table_fits_a_terminal(ablated: tuple[str, Row, list[Row]]) -> None:
    text, _, _ = ablated
    table = [line for line in text.splitlines() if not line.startswith(("warning", "results"))]
    assert all(len(line) <= 80 and line == line.rstrip() for line in table)
    assert any(line.split()[:3] == ["branch_hints", "left", "out"] for line in table)


def test_equal_code_is_named_and_not_timed(tmp_path: Path) -> None:
    """In phase 8 the magazines stand in front of the direct cache: leaving it out changes no instruction."""
    ended = harness("ablate", "--phase", "8", *SHORT, "--rounds", "1", "--json", "--out", str(tmp_path / "run"))
    assert ended.returncode == 0, ended.stderr
    run, samples = load(tmp_path / "run")
    assert json.loads(ended.stdout) == run
    row = row_of(run, "direct_cache", "without")
    assert row["verdict"] == "identical"
    assert row["ratio"] is None
    assert row["words"] == "phase8 and phase8-without-direct_cache are the same machine code: not timed"
    assert "phase8-without-direct_cache" not in {sample["arm"] for sample in samples}


def test_a_variant_that_is_a_phase_is_that_phase(tmp_path: Path) -> None:
    ended = harness("ablate", "--phase", "1", *SHORT, "--rounds", "1", "--out", str(tmp_path / "run"))
    assert ended.returncode == 0, ended.stderr
    run, _ = load(tmp_path / "run")
    assert [arm["label"] for arm in run["plan"]["allocators"]] == ["phase0", "phase1", "floor"]
    row = row_of(run, "direct_cache", "without")
    assert (row["candidate"], row["baseline"]) == ("phase1", "phase0")


def test_wrong_usage_is_said() -> None:
    ended = harness("ablate", "--phase", "0")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "harness: phase0 has no feature to leave out; name a later one with --phase\n"
    assert harness("ablate", "tiny_hot").returncode == 2


def make(*words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", "-C", str(ROOT), *words], env=kept, capture_output=True, text=True, timeout=100,
                          check=False)


def test_illegal_combinations_stop_with_a_sentence() -> None:
    ended = make("-n", "NO_SETUP=1", "lab", "PHASE=3", "WITHOUT=dual_lists")
    assert ended.returncode == 2
    assert 'packed_flags needs it; leave both out with WITHOUT="dual_lists packed_flags"' in ended.stderr
    ended = make("-n", "NO_SETUP=1", "lab", "PHASE=3", "WITHOUT=direct_cahce")
    assert "phase 3 has no feature direct_cahce" in ended.stderr


def text_section(library: Path) -> bytes:
    found = subprocess.run(["objcopy", "-O", "binary", "--only-section=.text", str(library), "/dev/stdout"],
                           capture_output=True, check=True)
    return found.stdout


def test_adjacent_phases_differ() -> None:
    phases = sorted(int(name) for name in (BUILD / "lib" / "phases").read_text().split())
    codes = [text_section(BUILD / "lib" / f"libhakmem-phase{number}.so") for number in phases]
    assert all(codes)
    assert all(one != other for one, other in zip(codes, codes[1:]))
