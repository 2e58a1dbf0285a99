"""Runs of different times held against each other: what is a regression, what is refused, and the history."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Ended, Lab, comparison, load

Change = Callable[[dict], None]


@pytest.fixture(scope="module")
def measured(stubs: Path) -> dict:
    """One real comparison of stubs, from which the tests make others."""
    shutil.rmtree(stubs / "out", ignore_errors=True)
    ended, folder = Lab(stubs).compare("phase1", "phase0")
    assert ended.status == 0, ended.err
    return load(folder)[0]


@pytest.fixture
def results(lab: Lab) -> Path:
    shutil.rmtree(lab.folder / "results", ignore_errors=True)
    return lab.folder / "results"


def save(results: Path, name: str, run: dict, change: Change = lambda run: None) -> None:
    changed = copy.deepcopy(run)
    change(changed)
    (results / name).mkdir(parents=True)
    (results / name / "run.json").write_text(json.dumps(changed))


def scale_ratio(factor: float) -> Change:
    def change(run: dict) -> None:
        row = comparison(run, "phase1", "phase0")
        for end in ("ratio", "ci_low", "ci_high"):
            row[end] *= factor
    return change


def gate(lab: Lab, results: Path, measured: dict, change: Change, *options: str) -> Ended:
    save(results, "baselines/then", measured)
    save(results, "20990101-000000-now", measured, change)
    return lab.run("gate", "then", *options)


@pytest.mark.parametrize("factor, status, verdict", [(1.0, 0, "held"), (0.9, 1, "regressed"), (1.1, 0, "improved")])
def test_a_regression_is_a_ratio_that_fell(lab: Lab, results: Path, measured: dict, factor: float, status: int,
                                           verdict: str) -> None:
    ended = gate(lab, results, measured, scale_ratio(factor))
    assert ended.status == status, ended.err
    row = next(line.split() for line in ended.out.splitlines() if " speed " in line)
    assert row[:4] + row[-1:] == ["alpha", "phase1/phase0", "speed", f"{100 * (factor - 1):+.1f}", verdict]
    assert max(len(line) for line in ended.out.splitlines()) <= 80
    if status:
        assert "1 of 2 comparisons regressed since then" in ended.err


def test_less_than_the_noise_floor_is_no_regression(lab: Lab, results: Path, measured: dict) -> None:
    def noisy(run: dict) -> None:
        scale_ratio(0.9)(run)
        for row in run["noise_floor"]:
            row["floor"] = 0.12
    assert gate(lab, results, measured, noisy).status == 0


def test_intervals_that_meet_are_no_regression(lab: Lab, results: Path, measured: dict) -> None:
    def wide(run: dict) -> None:
        comparison(run, "phase1", "phase0").update(ratio=1.8, ci_low=1.5, ci_high=2.01)
    assert gate(lab, results, measured, wide).status == 0


def test_what_fails_now_is_a_regression(lab: Lab, results: Path, measured: dict) -> None:
    def fails(run: dict) -> None:
        comparison(run, "phase1", "phase0").update(ratio=None, ci_low=None, ci_high=None, verdict="unresolved",
                                                   words="no claim: 2 samples of phase1 failed")
    ended = gate(lab, results, measured, fails)
    assert ended.status == 1
    assert "1 fail now" in ended.err


def test_hakmem_is_the_newest_phase_of_each_run(lab: Lab, results: Path, measured: dict) -> None:
    def renamed(run: dict) -> None:
        scale_ratio(0.9)(run)
        text = json.dumps({name: run[name] for name in ("plan", "comparisons")})
        run.update(json.loads(text.replace('"phase1', '"phase2')))
    assert gate(lab, results, measured, renamed).status == 1


@pytest.mark.parametrize("where, name", [("params", "mode"), ("sha256", None)])
def test_other_work_or_another_rival_is_not_judged(lab: Lab, results: Path, measured: dict, where: str,
                                                   name: str | None) -> None:
    def other(run: dict) -> None:
        if name:
            run["plan"]["workloads"][0]["params"][name] = 4
        else:
            rival = next(item for item in run["plan"]["allocators"] if item["label"] == "phase0")
            rival.update(kind="installed", sha256="0" * 64)
    ended = gate(lab, results, measured, other)
    assert ended.status == 2
    assert "nothing could be judged" in ended.err
    assert ("parameter mode differs" if name else "phase0 is another file than it was") in ended.out


def test_another_machine_is_refused_unless_asked_for(lab: Lab, results: Path, measured: dict) -> None:
    def elsewhere(run: dict) -> None:
        run["machine"].update(cpu_model="Another Processor", cores=64)
    ended = gate(lab, results, measured, elsewhere)
    assert ended.status == 2
    assert "of different machines (cpu_model, cores)" in ended.err
    assert lab.run("gate", "then", "--across-machines").status == 0


def test_json_has_every_row(lab: Lab, results: Path, measured: dict) -> None:
    ended = gate(lab, results, measured, scale_ratio(0.9), "--json")
    told = json.loads(ended.out)
    assert ended.status == 1 and told["regressions"] == 1
    assert {row["verdict"] for row in told["rows"]} == {"regressed", "held"}


def test_memory_after_another_number_of_operations_is_not_judged(lab: Lab, results: Path, measured: dict) -> None:
    def longer(run: dict) -> None:
        run["plan"]["workloads"][0]["params"]["ops"] *= 2
    ended = gate(lab, results, measured, longer, "--json")
    rows = {row["metric"]: row for row in json.loads(ended.out)["rows"]}
    assert ended.status == 0 and rows["ops_per_sec"]["verdict"] == "held"
    assert rows["peak_rss_bytes"]["verdict"] == "unjudged"
    assert rows["peak_rss_bytes"]["words"].startswith("other number of operations")


@pytest.mark.parametrize("floor", [None, 1.5])
def test_without_a_noise_floor_nothing_is_judged(lab: Lab, results: Path, measured: dict, floor: float | None) -> None:
    def unknown(run: dict) -> None:
        for row in run["noise_floor"]:
            row["floor"] = floor
    ended = gate(lab, results, measured, unknown)
    assert ended.status == 2, ended.out
    assert "noise floor of now is unknown" in ended.out


def test_what_the_newest_run_lacks_is_said(lab: Lab, results: Path, measured: dict) -> None:
    def wider(run: dict) -> None:
        run["comparisons"] += [dict(row, workload="beta") for row in run["comparisons"]]
    save(results, "baselines/then", measured, wider)
    save(results, "20990101-000000-now", measured, lambda run: run.update(json.loads(json.dumps(
        {name: run[name] for name in ("plan", "comparisons")}).replace('"phase1', '"phase2'))))
    ended = lab.run("gate", "then")
    assert ended.status == 0, ended.err
    assert "2 of 4 comparisons of the baseline are absent here" in ended.out
    assert "hakmem was phase1 then, and is phase2 now" in ended.out


def test_a_newest_run_of_another_kind_is_skipped(lab: Lab, results: Path, measured: dict) -> None:
    def another_kind(run: dict) -> None:
        scale_ratio(0.5)(run)
        run.update(started_at="2099-01-01T00:00:00.000Z", command=["harness", "lab"])
    save(results, "one", measured)
    assert gate(lab, results, measured, another_kind).status == 0
    shutil.rmtree(results / "one")
    ended = lab.run("gate", "then")
    assert ended.status == 2
    assert "none that './harness compare' made" in ended.err


def test_wrong_usage_of_gate(lab: Lab, results: Path, measured: dict) -> None:
    assert lab.run("gate").status == 2
    assert lab.run("gate", "a", "b", "c").status == 2
    assert "there is no run 'nowhere'" in lab.run("gate", "nowhere").err
    save(results, "baselines/then", measured)
    assert "holds no complete run to judge" in lab.run("gate", "then").err
    save(results, "cut", measured, lambda run: run.update(state="partial"))
    assert "is a partial run" in lab.run("gate", "then", "results/cut").err
    (results / "cut" / "run.json").write_text("{")
    assert "cannot be read" in lab.run("gate", "then", "results/cut").err
    (results / "cut" / "run.json").write_text("{}")
    assert "is no run of this lab" in lab.run("gate", "then", "results/cut").err
    assert all(lab.run("gate", *words).status == 2 for words in (["nowhere"], ["then"], ["then", "results/cut"]))


def test_history_shows_a_metric_over_the_runs(lab: Lab, results: Path, measured: dict) -> None:
    def later(run: dict) -> None:
        run["started_at"] = "2099-01-01T00:00:00.000Z"
        run["machine"]["cpu_model"] = "Another Processor"
    save(results, "20990101-000000-later", measured, later)
    save(results, "20250101-000000-earlier", measured)
    ended = lab.run("history")
    assert ended.status == 0, ended.err
    rows = [line for line in ended.out.splitlines() if "phase1" in line]
    assert "earlier" in rows[0] and rows[0].rstrip().endswith(" B")
    assert rows[1].startswith("  2099-01-01 00:00  later") and rows[1].rstrip().endswith("==============")
    assert "phase0" not in ended.out and ended.out.startswith("alpha   M ops/s")
    assert max(len(line) for line in ended.out.splitlines()) <= 80
    points = json.loads(lab.run("history", "phase0", "--metric", "peak_rss_bytes", "--json").out)
    assert [point["machine"] for point in points] == [1, 0]
    assert {point["allocator"] for point in points} == {"phase0"}


def test_history_says_what_there_is_not(lab: Lab, results: Path, measured: dict) -> None:
    assert lab.run("history").status == 2
    save(results, "one", measured)
    (results / "two").mkdir()
    (results / "two" / "run.json").write_text("no JSON")
    ended = lab.run("history", "--metric", "nothing")
    assert ended.status == 2
    assert "the metrics are: ops_per_sec, peak_rss_bytes" in ended.err
    assert "1 run.json" in ended.err
    ended = lab.run("history", "--workload", "alpha,beta")
    assert ended.status == 2 and "no run has a workload 'beta'" in ended.err
    ended = lab.run("history", "nosuch")
    assert ended.status == 2 and "no run has an allocator 'nosuch'" in ended.err
