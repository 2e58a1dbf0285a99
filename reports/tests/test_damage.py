"""Damaged, partial, older and empty folders: a clear message, what can be read is shown, the right exit status."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from document import Document
from labreport import page, phasechart
from labreport.answer import answer_of
from labreport.folder import read_folder
from labreport.markdown import markdown
from labreport.notice import discard_notices
from labreport.run import SPEED
from labreport.sections.speed import numbers
from labreport.sheet import sheet
from matplotlib.figure import Figure
from synthetic import ARMS, CONTROL, HERO, later_data, make_run, write_run

CORE = ["random_mixed"]
REPORT = Path(__file__).resolve().parents[1] / "report.py"


def report(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(REPORT), *map(str, words)], capture_output=True, text=True, check=False)


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", *make_run(rounds=10, workloads=CORE))


def edit(folder: Path, **changes: Any) -> None:
    """Changes fields of run.json; None removes one."""
    run = json.loads((folder / "run.json").read_text())
    run.update(changes)
    (folder / "run.json").write_text(json.dumps({name: value for name, value in run.items() if value is not None}))


def shown(folder: Path) -> tuple[str, str]:
    """What is said on the terminal and on the page; the report must be made."""
    result = report(folder)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    target = folder / "report.html"
    assert result.stdout.strip() == str(target)
    document = Document(target.read_text())
    assert document.problems == []
    return result.stderr, document.text


def refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_a_whole_folder_is_quiet(folder: Path) -> None:
    said, text = shown(folder)
    assert said == ""
    assert "phase3 runs random_mixed" in text


def test_missing_folder(tmp_path: Path) -> None:
    refused(report(tmp_path / "nowhere"), "no such folder", str(tmp_path / "nowhere"), "give the folder of a run")


def test_a_file_is_no_folder(folder: Path) -> None:
    refused(report(folder / "run.json"), "is a file, not a folder")


def test_empty_folder(tmp_path: Path) -> None:
    refused(report(tmp_path), "holds neither run.json nor samples.jsonl", "make a new run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\x00\xff", "[" * 100_000, '{"summary": 1e999}', "{}"])
def test_unreadable_run_without_samples(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content, encoding="latin-1")
    refused(report(tmp_path), str(tmp_path))
    assert not (tmp_path / "report.html").exists()


def test_cut_run_json_shows_the_samples(folder: Path) -> None:
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text[:len(text) // 2])
    said, page = shown(folder)
    assert len(said.splitlines()) == 1 and said.startswith("report: the folder is not whole: ")
    assert "run.json: is not whole JSON" in said
    assert "The folder is not whole" in page
    assert "medians are taken from the samples" in page
    assert "the best median measured" in page


@pytest.mark.parametrize("form", ["--plots", "--term", "--bundle", "--markdown", "--csv"])
def test_every_form_says_that_the_folder_is_not_whole(folder: Path, form: str) -> None:
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text[:len(text) // 2])
    result = report(folder, form)
    assert result.returncode == 0
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("report: the folder is not whole: ")


def test_neither_floor_nor_control_is_taken_for_an_allocator(folder: Path) -> None:
    (folder / "run.json").unlink()
    run = read_folder(folder)
    headline = answer_of(run).headline
    assert headline.startswith(f"{HERO} runs random_mixed at ") and headline.endswith("the best median measured.")
    names = {row[1].text for row in numbers(run, SPEED).rows}
    assert names == {*ARMS, f"{HERO} (control)", "floor (no allocator)"}


def test_floor_and_control_alone_are_no_answer(folder: Path) -> None:
    (folder / "run.json").unlink()
    lines = [line for line in (folder / "samples.jsonl").read_text().splitlines()
             if json.loads(line)["arm"] in ("floor", CONTROL)]
    (folder / "samples.jsonl").write_text("\n".join(lines))
    assert answer_of(read_folder(folder)).headline == "This run holds no speed that can be shown."


def test_the_share_of_discarded_samples_is_never_more_than_all(folder: Path) -> None:
    edit(folder, discarded={"count": 80, "rule": "none"})
    (folder / "samples.jsonl").unlink()
    notice, = discard_notices(read_folder(folder))
    assert notice.title == "80 samples discarded and run again"
    assert notice.text.startswith("That is 50 % of all")  # 8 arms in 10 rounds were kept
    edit(folder, discarded={"count": 80, "rule": "none"}, summary=None)
    assert discard_notices(read_folder(folder)) == []


def test_missing_run_json_shows_the_samples(folder: Path) -> None:
    (folder / "run.json").unlink()
    said, page = shown(folder)
    assert "run.json: is missing" in said
    assert "Every sample" in page


def test_missing_samples_show_the_summary(folder: Path) -> None:
    (folder / "samples.jsonl").unlink()
    said, page = shown(folder)
    assert "samples.jsonl: is missing" in said
    assert "Ratio of speed" in page
    assert "Round by round" not in page


def test_damaged_lines_are_counted(folder: Path) -> None:
    lines = (folder / "samples.jsonl").read_text().splitlines()
    lines[3] = lines[3][:40]
    lines[9:19] = ['"text"'] * 10
    (folder / "samples.jsonl").write_text("\n".join(lines))
    said, page = shown(folder)
    assert "line 4 is damaged" in said
    assert len(said.splitlines()) == 1 and said.endswith(" more on the page\n")
    assert "line 4 is damaged" in page
    assert "6 more entries are damaged" in page


def test_older_schema(folder: Path) -> None:
    edit(folder, schema="hakmem-lab/run/0")
    said, page = shown(folder)
    assert "its schema is 'hakmem-lab/run/0', this report reads 'hakmem-lab/run/1'" in said
    assert "phase3 runs random_mixed" in page


def test_schema_violation_is_named(folder: Path) -> None:
    edit(folder, kind="party")
    said, _ = shown(folder)
    assert "$.kind 'party' is not one of" in said


def test_newer_fields_are_no_damage(folder: Path) -> None:
    edit(folder, brand_new={"x": 1})
    assert shown(folder)[0] == ""


@pytest.fixture()
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One workload, and drawings that are laid out but not written: for the tests that make hundreds of pages."""
    monkeypatch.setattr(Figure, "savefig", lambda figure, target, **_: target.write(b"<svg viewBox='0 0 9 9'></svg>"))
    monkeypatch.setattr(phasechart, "draw", lambda *_: "<svg></svg>")
    return write_run(tmp_path / "small", *make_run(rounds=6, workloads=CORE, arms=["phase0", "phase3", "mimalloc"]))


def survives(folder: Path) -> None:
    run = read_folder(folder)
    assert Document(page.render(run)).problems == []
    assert markdown(run) and sheet(run)


ODD_VALUES: list[Any] = [None, -1, 0, "text", [], {}, [None], {"x": [1]}, True, 1e308, float("nan"), float("inf"),
                         10 ** 400]


def spoil(rows: list[dict[str, Any]], name: str, shift: int) -> None:
    """Every second row gets an odd value in a field, each another one."""
    for index, row in enumerate(rows[::2]):
        row[name] = ODD_VALUES[(index + shift) % len(ODD_VALUES)]


@pytest.mark.parametrize("name", ["plan", "machine", "summary", "comparisons", "noise_floor", "counters", "failures",
                                  "warnings", "discarded", "command", "schema", "state", "quick", "roadmap", "ablation",
                                  "stats", "latency", "simulated", "counter_metrics"])
def test_no_field_stops_the_report(small: Path, name: str) -> None:
    whole = (small / "run.json").read_text()
    for value in (None, "text", [None, {"x": [1]}]):
        (small / "run.json").write_text(whole)
        edit(small, **{name: value})
        survives(small)


@pytest.mark.parametrize(("part", "name"), [
    *[("comparisons", name) for name in ("ratio", "ci_low", "rounds", "verdict", "workload", "confidence", "words")],
    *[("summary", name) for name in ("median", "ci_low", "ci_high", "n", "min", "unit", "allocator")],
    *[("noise_floor", name) for name in ("floor", "metric", "rounds")],
])
def test_no_value_in_a_row_stops_the_report(small: Path, part: str, name: str) -> None:
    run = json.loads((small / "run.json").read_text())
    spoil(run[part], name, 0)
    (small / "run.json").write_text(json.dumps(run))
    survives(small)


@pytest.mark.parametrize("name", ["ops_per_sec", "ops", "round", "arm", "peak_rss_bytes", "counters", "minor_faults",
                                  "cpu_user_ns", "state"])
def test_no_value_in_a_sample_stops_the_report(small: Path, name: str) -> None:
    samples = [json.loads(line) for line in (small / "samples.jsonl").read_text().splitlines()]
    spoil(samples, name, 0)
    (small / "samples.jsonl").write_text("".join(json.dumps(sample) + "\n" for sample in samples))
    survives(small)


@pytest.mark.parametrize("part", ["roadmap", "ablation", "stats", "latency", "simulated", "counter_metrics"])
def test_no_value_in_a_later_part_stops_the_report(small: Path, part: str) -> None:
    run = json.loads((small / "run.json").read_text())
    later_data(run)
    rows = run["roadmap"]["gains"] if part == "roadmap" else run[part]
    rows += copy.deepcopy(rows) * 6
    for shift, name in enumerate(rows[0]):
        spoil(rows[shift:], name, shift)
    (small / "run.json").write_text(json.dumps(run))
    survives(small)


def test_folder_that_cannot_be_written(folder: Path, tmp_path: Path) -> None:
    refused(report(folder, "--out", tmp_path / "none" / "x.html"), "cannot be written", "--out FILE")
    refused(report(folder, "--out", "/dev/full/x"), "cannot be written")


def test_wrong_usage() -> None:
    wrong: list[list[str]] = [[], ["a", "b", "c"], ["--nonsense"], ["a", "--csv", "--markdown"]]
    for words in wrong:
        result = report(*words)
        assert result.returncode == 2
        assert "usage:" in result.stderr


def test_help() -> None:
    result = report("--help")
    assert result.returncode == 0
    assert "Exit status" in result.stdout


def test_nothing_temporary_is_left(folder: Path) -> None:
    shown(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "run.json", "samples.jsonl"]
