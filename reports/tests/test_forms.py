"""The other forms: Markdown, CSV, and two runs side by side."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from document import Document
from labreport import pair
from labreport.command import main
from labreport.folder import read_folder
from labreport.markdown import markdown
from labreport.sheet import sheet
from synthetic import make_run, write_run
from test_damage import REPORT, report


def test_csv_holds_every_number_with_full_precision(golden: Path) -> None:
    run = json.loads((golden / "run.json").read_text())
    rows = list(csv.DictReader(io.StringIO(sheet(read_folder(golden)))))
    ratios = [row for row in rows if row["record"] == "ratio"]
    assert len(ratios) == len(run["comparisons"])
    for row, original in zip(ratios, run["comparisons"]):
        assert row["value"] == ("" if original["ratio"] is None else repr(original["ratio"]))
        assert row["verdict"] == original["verdict"]
    medians = [row for row in rows if row["record"] == "median"]
    assert [float(row["value"]) for row in medians] == [row["median"] for row in run["summary"]]
    assert sum(row["record"] == "noise_floor" for row in rows) == len(run["noise_floor"])


def test_every_sample_is_a_line(golden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(golden), "--samples"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    raw = [json.loads(line) for line in (golden / "samples.jsonl").read_text().splitlines()]
    assert len(rows) == len(raw) and {row["state"] for row in rows} == {sample["state"] for sample in raw}
    for row, sample in zip(rows, raw):
        assert (row["workload"], row["arm"], row["round"]) == (sample["workload"], sample["arm"], str(sample["round"]))
        assert row["elapsed_ns"] == str(sample.get("elapsed_ns", ""))
        assert row["signal"] == ("" if sample["signal"] is None else str(sample["signal"]))


def test_a_locale_without_the_signs_costs_no_text(golden: Path) -> None:
    command = [sys.executable, str(REPORT), str(golden), "--markdown"]
    ended = subprocess.run(command, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert b"runs random" in ended.stdout


def test_csv_is_no_formula(tmp_path: Path) -> None:
    run, samples = make_run(rounds=3)
    run["summary"][0]["workload"] = "=cmd|' /C calc'!A0"
    text = sheet(read_folder(write_run(tmp_path / "run", run, samples)))
    assert "'=cmd|" in text


def test_markdown_says_the_answer_and_the_scoreboard(golden: Path) -> None:
    text = markdown(read_folder(golden))
    assert text.startswith("## phase1 runs random\\_mixed at 1.15× the speed of phase0.")
    assert "| workload | phase0 | mimalloc | system |" in text
    assert "▲ faster" in text and "? unresolved" in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in table)


def test_markdown_escapes(tmp_path: Path) -> None:
    run, samples = make_run(rounds=3)
    text = json.dumps(run).replace("random_mixed", "<img src=x>|*a*")
    made = markdown(read_folder(write_run(tmp_path / "run", json.loads(text), samples)))
    assert "<img" not in made.replace("\\<img", "")


def test_forms_on_the_command_line(golden: Path, tmp_path: Path) -> None:
    result = report(golden, "--markdown")
    assert result.returncode == 0 and result.stdout == markdown(read_folder(golden))
    target = tmp_path / "run.csv"
    result = report(golden, "--csv", "--out", target)
    assert result.stdout.strip() == str(target)
    assert target.read_text() == sheet(read_folder(golden))


def test_two_runs_of_the_same_thing_agree(tmp_path: Path) -> None:
    first = write_run(tmp_path / "first", *make_run(seed=1))
    second = write_run(tmp_path / "second", *make_run(seed=1))
    text = Document(pair.render(read_folder(first), read_folder(second))).text
    assert "first and second share 56 comparisons: 56 agree." in text
    assert "Both runs describe the same machine." in text


def test_two_runs_that_differ_are_told_apart(tmp_path: Path) -> None:
    run, samples = make_run(seed=1)
    first = write_run(tmp_path / "first", run, samples)
    for row in run["comparisons"]:
        if row["metric"] == "ops_per_sec" and row["candidate"] == "mimalloc":
            row.update(ratio=0.5, ci_low=0.49, ci_high=0.51)
    run["machine"]["kernel"] = "6.6.6"
    second = write_run(tmp_path / "second", run, samples)
    result = report(first, second)
    assert result.returncode == 0, result.stderr
    target = first / "report-with-second.html"
    assert result.stdout.strip() == str(target)
    document = Document(target.read_text())
    assert document.problems == []
    assert "share 56 comparisons: 52 agree and 4 differ" in document.text
    assert "mimalloc against phase0 on tiny_hot (speed)" in document.text
    assert "The runs differ in kernel." in document.text


def test_memory_after_another_number_of_operations_is_not_judged(tmp_path: Path) -> None:
    run, samples = make_run(seed=1)
    first = write_run(tmp_path / "first", run, samples)
    for workload in run["plan"]["workloads"]:
        workload["params"]["ops"] *= 3
    second = write_run(tmp_path / "second", run, samples)
    text = Document(pair.render(read_folder(first), read_folder(second))).text
    assert "share 56 comparisons: 28 agree and 28 are unjudged: other number of operations" in text


def test_two_runs_without_a_common_row(tmp_path: Path) -> None:
    run, samples = make_run(seed=1)
    first = write_run(tmp_path / "first", run, samples)
    run["comparisons"] = []
    second = write_run(tmp_path / "second", run, samples)
    text = Document(pair.render(read_folder(first), read_folder(second))).text
    assert "first and second share no comparison." in text


def test_the_counts_of_two_runs_are_sentences(tmp_path: Path) -> None:
    run, samples = make_run(seed=1, rounds=6, workloads=["tiny_hot"], arms=["phase0", "phase3"])
    first = read_folder(write_run(tmp_path / "first", run, samples))
    run["comparisons"][0].update(ci_low=None, ci_high=None)
    second = read_folder(write_run(tmp_path / "second", run, samples))
    found = pair.answer(first, second, pair.matches(first, second))
    assert found.headline == "first and second share 2 comparisons: 1 agrees and 1 has no interval."
    run["comparisons"][1].update(ci_low=None, ci_high=None)
    third = read_folder(write_run(tmp_path / "third", run, samples))
    found = pair.answer(first, third, pair.matches(first, third))
    assert found.headline == "first and third share 2 comparisons: 2 have no interval."


def test_notices_of_two_runs_stand_under_their_run(tmp_path: Path) -> None:
    run, samples = make_run(rounds=3, workloads=["tiny_hot"])
    first = read_folder(write_run(tmp_path / "first", run, samples))
    run["warnings"] = ["one thing was odd", "another was broken"]
    second = read_folder(write_run(tmp_path / "second_run", run, samples))
    groups = pair.notices(first, second)
    assert [name for name, _ in groups] == ["Both runs", "second_run"]
    assert [notice.title for notice in groups[0][1]] == ["Not a measurement", "No hardware counters"]
    assert len(groups[1][1]) == 2
    document = Document(pair.render(first, second))
    assert document.problems == []
    notices = document.text.split("Before you believe it")[1].split("Ratios in both runs")[0]
    assert notices.count("second_run") == 1
