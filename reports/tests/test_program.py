"""A whole program's page: what a run of it cost, and what was checked."""

from __future__ import annotations

from pathlib import Path

from document import Document
from labreport import page
from labreport.folder import read_folder
from synthetic import make_run, write_run


def program_run(tmp_path: Path, **program: object) -> Document:
    run, samples = make_run(rounds=2)
    name = run["plan"]["workloads"][0]["name"]
    run["plan"]["workloads"][0]["program"] = {"argv": ["sort"], "path": "/usr/bin/sort", "output_compared": True,
                                              **program}
    for arm in ("phase1", "mimalloc"):
        for metric, median in (("cpu_ns", 31_250_000), ("minor_faults", 1195)):
            run["summary"].append({"workload": name, "allocator": arm, "metric": metric, "unit": "1", "n": 2,
                                   "median": median, "ci_low": None, "ci_high": None, "min": 1, "max": 2})
    return Document(page.render(read_folder(write_run(tmp_path / "run", run, samples))))


def test_costs_are_those_of_one_run(tmp_path: Path) -> None:
    document = program_run(tmp_path)
    assert document.problems == []
    assert "31.25" in document.text and "1,195" in document.text
    assert "What it printed and its exit status were held against a run under the system's malloc." in document.text


def test_ignored_output_is_said(tmp_path: Path) -> None:
    assert "Its exit status was held against" in program_run(tmp_path, output_compared=False).text


def test_a_run_of_workloads_has_no_such_section(tmp_path: Path) -> None:
    run, samples = make_run(rounds=1)
    assert "Cost of a run" not in page.render(read_folder(write_run(tmp_path / "run", run, samples)))
