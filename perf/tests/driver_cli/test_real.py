"""The real lab, end to end, with runs far too short to mean anything: that the parts fit together."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from conftest import BUILD, ROOT, load

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("SANITIZER")), reason="preloading into a sanitizer's program measures nothing"
)

WORKLOADS = ["fragment_stress", "mid_large", "mid_large_mt", "random_mixed", "remote_free", "thread_churn", "tiny_hot"]


def harness(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HAKMEM_ROOT": str(ROOT)}
    command = [str(BUILD / "bin" / "harness"), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, check=False)


def test_every_allocator_runs_every_workload(tmp_path: Path) -> None:
    listed = json.loads(harness("list", "--json").stdout)
    assert sorted(item["name"] for item in listed["workloads"]) == WORKLOADS
    found = [item["label"] for item in listed["allocators"] if item["found"]]
    assert {"phase0", "phase1", "system", "mimalloc"} <= set(found)
    words = ["--ops", "2000", "--rounds", "1", "--no-report", "--out", str(tmp_path / "run")]
    ended = harness("compare", *found, *words)
    assert ended.returncode == 0, ended.stderr
    run, samples = load(tmp_path / "run")
    assert run["failures"] == []
    assert all(sample["pin"]["applied"] for sample in samples if sample["params"]["threads"] == 1)
    for sample in samples:
        proof = sample["allocator"]
        planned = next(item for item in run["plan"]["allocators"] if item["label"] == sample["allocator_label"])
        if planned["kind"] in ("phase", "installed") and "#" not in sample["arm"]:
            assert os.path.realpath(proof["malloc_object"]) == os.path.realpath(planned["path"])


def test_the_lab_ends_with_its_report(tmp_path: Path) -> None:
    words = ["--workload", "random_mixed,remote_free", "--quick", "--ops", "2000", "--rounds", "8"]
    words += ["--out", str(tmp_path / "run")]
    ended = harness("lab", "--phase", "1", *words)
    assert ended.returncode == 0, ended.stderr
    run, _ = load(tmp_path / "run")
    assert run["kind"] == "lab"
    assert run["quick"] is True
    assert [item["label"] for item in run["plan"]["allocators"]] == ["phase0", "phase1", "mimalloc", "system", "floor"]
    assert run["plan"]["baseline"] == "phase0"
    pairs = {(item["candidate"], item["baseline"]) for item in run["comparisons"] if item["workload"] == "remote_free"}
    assert pairs == {
        ("phase1", "phase0"),
        ("mimalloc", "phase0"),
        ("system", "phase0"),
        ("phase1", "mimalloc"),
        ("phase1", "system"),
    }
    report = Path(ended.stdout.splitlines()[-1])
    assert report == tmp_path / "run" / "report.html"
    assert "<html" in report.read_text()
    assert harness("report", str(tmp_path / "run")).stdout.strip() == str(report)


def test_linked_phases_are_measured_in_their_own_programs(tmp_path: Path) -> None:
    words = ["--linkage", "static", "--workload", "tiny_hot", "--ops", "2000", "--rounds", "2", "--no-report"]
    ended = harness("compare", "phase1", "phase0", *words, "--out", str(tmp_path / "run"))
    assert ended.returncode == 0, ended.stderr
    run, samples = load(tmp_path / "run")
    assert run["plan"]["linkage"] == "static"
    objects = {sample["arm"]: Path(sample["allocator"]["malloc_object"]).name for sample in samples}
    assert objects["phase1"] == objects["phase1#aa"] == "bench_tiny_hot_phase1"
    assert {sample["allocator"]["linkage"] for sample in samples} == {"static"}


def test_run_of_the_floor_and_with_verification() -> None:
    record = json.loads(harness("run", "tiny_hot", "floor", "--ops", "2000").stdout)
    assert record["allocator"]["linkage"] == "static"
    record = json.loads(harness("run", "random_mixed", "hakmem", "--ops", "2000", "--verify").stdout)
    assert record["verify"] is True


def test_a_report_may_be_text_and_of_two_runs(tmp_path: Path) -> None:
    golden = str(ROOT / "perf" / "schema" / "golden")
    assert harness("report", golden, "--markdown").stdout.startswith("#")
    assert harness("report", golden, golden, "--csv").stdout.count("ops_per_sec") > 1
    both = harness("report", golden, "--csv", "--markdown")
    assert both.returncode == 2
    assert both.stderr == "harness: report: --markdown, --csv or --samples, one of them\n"


def test_a_damaged_results_folder_has_no_report(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    ended = harness("report", str(tmp_path))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("harness: no report of ")


def test_the_lab_tests_itself(tmp_path: Path) -> None:
    """The real slowed allocator; so short that only its working is seen, and what it found may be wrong."""
    words = ["--ops", "100000", "--rounds", "6", "--trials", "1", "--json", "--out", str(tmp_path / "run")]
    ended = harness("selftest", "hakmem", *words)
    if "cannot calibrate" in ended.stderr:
        pytest.skip("the machine is too busy for samples of a few milliseconds")
    whole = json.loads(ended.stdout)
    assert whole["state"] == "complete" and whole["failed_trials"] == 0
    assert whole["aa_trials"] == 1 and set(whole["detected"]) == {"1", "2", "5"}
    assert whole["cost"]["overhead_ns_per_op"] < whole["cost"]["loop_ns_per_op"]
