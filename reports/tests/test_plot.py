"""Plots and bundles: files of their own, drawings in the terminal, and archives that check themselves."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from labreport.bundle import bundle
from labreport.command import main
from labreport.events import events_of, interval
from labreport.folder import read_folder
from labreport.phasechart import event_charts, speed_charts, tick, tick_name
from labreport.plot import terminal_plots
from labreport.run import Run
from synthetic import later_data, make_run, write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run, samples = make_run(rounds=10, workloads=["random_mixed", "tiny_hot"])
    later_data(run)
    return write_run(tmp_path_factory.mktemp("runs") / "run", run, samples)


def counted(tmp_path: Path, **counter: Any) -> Run:
    run, samples = make_run(rounds=6, workloads=["random_mixed"])
    later_data(run)
    for place, sample in enumerate(samples):
        sample["counters"] = [{"name": "branch_misses", "state": "measured", "value": 1000 + place, "coverage": 1.0,
                               "reason": None, **counter}]
    return read_folder(write_run(tmp_path / "run", run, samples))


def test_events_are_measured_where_they_can_be_and_else_simulated(folder: Path, tmp_path: Path) -> None:
    assert {events.counter: events.state for events in events_of(read_folder(folder))} == {
        "l1_misses": "simulated", "ll_misses": "simulated", "branch_misses": "simulated", "instructions": "simulated"}
    events = next(events for events in events_of(counted(tmp_path)) if events.counter == "branch_misses")
    assert events.state == "measured"
    row = events.of("random_mixed", "phase0")
    assert row is not None and row.n == 6
    assert row.ci_low == row.low and row.ci_high == row.high


def test_a_scaled_counter_is_called_scaled(tmp_path: Path) -> None:
    run = counted(tmp_path, state="scaled", coverage=0.9)
    assert next(events.state for events in events_of(run) if events.counter == "branch_misses") == "scaled"


@pytest.mark.parametrize("n, low, high", [(5, None, None), (6, 0, 5), (8, 0, 7), (9, 1, 7), (12, 2, 9), (20, 5, 14)])
def test_intervals_of_medians_are_those_of_the_sign_test(n: int, low: int | None, high: int | None) -> None:
    assert interval([float(value) for value in reversed(range(n))]) == (low, high)


def test_every_axis_says_whether_it_is_measured_or_simulated(folder: Path) -> None:
    run = read_folder(folder)
    details = [chart.detail for events in events_of(run) for chart in event_charts(run, events)]
    assert details and all(detail.endswith("per 1000 ops, simulated") for detail in details)
    assert all(chart.detail == "M ops/sec, n = 10" for chart in speed_charts(run))


def test_plots_are_whole_files_of_their_own(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--plots", "--out", str(tmp_path / "plots"), "--workload", "random_mixed"]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {path.name for path in paths} == {f"{name}-random_mixed.svg" for name in (
        "speed", "l1_misses", "ll_misses", "branch_misses", "instructions")}
    for path in paths:
        text = path.read_text()
        root = ElementTree.fromstring(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "prefers-color-scheme: dark" in text
        assert "random_mixed" in "".join(root.itertext())
        assert text.count("http") == 1  # the name space alone
    assert sorted(tmp_path.joinpath("plots").iterdir()) == sorted(paths)


def test_terminal_plots_fit_80_columns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = terminal_plots(read_folder(folder), ["tiny_hot"])
    lines = text.splitlines()
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    assert lines[0] == "tiny_hot: M ops/sec, n = 10"
    assert text.count("O") >= 4 and "mimalloc" in text
    assert "\x1b" not in text


def test_many_phases_are_numbered_in_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run, samples = make_run(rounds=6, workloads=["tiny_hot"])
    rows = [row for row in run["summary"] if (row["allocator"], row["metric"]) == ("phase3", "ops_per_sec")]
    run["summary"] += [{**row, "allocator": f"phase{number}"} for row in rows for number in range(4, 12)]
    drawn = terminal_plots(read_folder(write_run(tmp_path / "run", run, samples)), [])
    assert [str(number) for number in range(12)] in [line.split() for line in drawn.splitlines()]


def test_names_of_close_allocators_do_not_lie_on_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run, samples = make_run(rounds=6, workloads=["tiny_hot"])
    rows = [row for row in run["summary"] if (row["allocator"], row["metric"]) == ("mimalloc", "ops_per_sec")]
    others = [f"other{number}" for number in range(6)]
    run["summary"] += [{**row, "allocator": name} for row in rows for name in others]
    drawn = terminal_plots(read_folder(write_run(tmp_path / "run", run, samples)), []).split("phase0 ")[0]
    names = [line.split()[-1] for line in drawn.splitlines()[1:] if line.rstrip()[-1:].isalnum()]
    assert set(names) >= {"mimalloc", "system", *others}
    assert drawn.count("O") == 4  # no name covers a mark


def test_names_cannot_leave_their_quotes(tmp_path: Path) -> None:
    run, samples = make_run(rounds=6, workloads=["random_mixed"])
    text = json.dumps([run, samples]).replace("mimalloc", "'; system 'touch owned")
    run, samples = json.loads(text)
    drawn = terminal_plots(read_folder(write_run(tmp_path / "run", run, samples)), [])
    assert "?? system ?touch owned" in drawn


def test_what_cannot_be_plotted_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--term", "--workload", "nonsense"]) == 1
    assert "has no workload nonsense; it has random_mixed, tiny_hot" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(folder), str(folder), "--bundle"])


def unpacked(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive.getmembers()}  # type: ignore


def test_a_bundle_holds_all_and_checks_itself(folder: Path) -> None:
    files = unpacked(bundle(read_folder(folder)))
    own = {f"run/{name}" for name in ("README.md", "SHA256SUMS", "machine.json", "report.csv", "report.html",
                                      "report.md", "run.json", "samples.jsonl")}
    assert set(files) == own
    assert files["run/samples.jsonl"] == (folder / "samples.jsonl").read_bytes()
    lines = files["run/SHA256SUMS"].decode().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert {f"run/{name}" for name in sums} == own - {"run/SHA256SUMS"}
    assert all(hashlib.sha256(files[f"run/{name}"]).hexdigest() == digest for name, digest in sums.items())
    assert "./harness lab --phase 3" in files["run/README.md"].decode()
    assert json.loads(files["run/machine.json"])["machine"]["cpu_model"] == "Synthetic Processor"


def test_a_bundle_has_the_libraries_that_still_are_what_was_measured(tmp_path: Path) -> None:
    run, samples = make_run(rounds=3, workloads=["tiny_hot"])
    for arm, planned in zip(("phase0", "phase1"), run["plan"]["allocators"]):
        path = tmp_path / f"lib{arm}.so"
        path.write_bytes(arm.encode())
        planned.update(path=str(path), sha256=hashlib.sha256(arm.encode()).hexdigest())
    (tmp_path / "libphase1.so").write_bytes(b"built again")
    files = unpacked(bundle(read_folder(write_run(tmp_path / "run", run, samples))))
    assert [name for name in files if name.startswith("run/lib/")] == ["run/lib/libphase0.so"]


def test_a_bundle_is_written_beside_its_run_and_is_the_same_each_time(
        folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--bundle"]) == 0
    target = Path(capsys.readouterr().out.strip())
    assert target == folder.with_name("run.tar.gz").resolve()
    assert target.read_bytes() == bundle(read_folder(folder))


def test_one_picture_holds_the_answer_and_every_workload(
        folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "lab.svg"
    assert main([str(folder), "--plots", "--out", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    root = ElementTree.fromstring(target.read_text())
    words = "".join(root.itertext())
    assert "phase3 runs random_mixed" in words and "tiny_hot" in words
    assert "simulated" not in words
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))


def test_many_phases_are_numbered(tmp_path: Path) -> None:
    run, samples = make_run(rounds=3, workloads=["tiny_hot"])
    rows = [row for row in run["summary"] if row["allocator"] == "phase3"]
    run["summary"] += [{**row, "allocator": f"phase{number}"} for row in rows for number in range(4, 9)]
    chart, = speed_charts(read_folder(write_run(tmp_path / "run", run, samples)))
    assert chart.crowded and chart.detail == "M ops/sec by phase, n = 3"
    assert [tick_name(chart, row) for row in chart.rows] == [str(number) for number in range(9)]
    assert tick(chart, 4) == '"@@6@@\\n" 4'
