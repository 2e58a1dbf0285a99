"""What run.json says is worked out again from samples.jsonl; what does not follow from it is named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from labreport import page
from labreport.folder import read_folder
from labreport.reckoning import ends, reckon
from synthetic import make_run, write_run

REPORT = Path(__file__).resolve().parents[1] / "report.py"
Record = dict[str, Any]


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", *make_run(rounds=10, workloads=["random_mixed"]))


def change(folder: Path, how: Callable[[Record], object]) -> None:
    run = json.loads((folder / "run.json").read_text())
    how(run)
    (folder / "run.json").write_text(json.dumps(run))


def wrong(folder: Path) -> list[str]:
    return reckon(read_folder(folder)).wrong


def test_the_golden_run_and_an_invented_one_agree(golden: Path, folder: Path) -> None:
    for run in (read_folder(golden), read_folder(folder)):
        assert run.problems == []
        assert run.figures_checked > 100
        assert f"{run.figures_checked:,} figures of run.json were worked out from them once more" in page.render(run)


@pytest.mark.parametrize(("n", "alpha", "rank"), [
    (5, 0.05, None), (6, 0.05, 1), (8, 0.05, 1), (9, 0.05, 2), (12, 0.05, 3), (20, 0.05, 6), (40, 0.05, 14),
    (6, 0.025, None), (7, 0.025, 1), (12, 0.01, 2), (40, 0.01, 12)])
def test_ranks_are_those_of_the_tables(n: int, alpha: float, rank: int | None) -> None:
    """Of the sign test, as the tables of the binomial distribution have them."""
    values = [float(value) for value in range(1, n + 1)]
    assert ends(values, alpha) == ((None, None) if rank is None else (rank, n + 1 - rank))


@pytest.mark.parametrize(("part", "changes", "words"), [
    ("comparisons", {"ratio": 2.0}, "ratio 2, the samples give 1."),
    ("comparisons", {"ci_low": 1.149}, "ci low 1.149, the samples give 1."),
    ("comparisons", {"ci_high": None}, "ci high no figure, the samples give 1."),
    ("comparisons", {"rounds": 40}, "rounds 40, the samples give 10"),
    ("comparisons", {"verdict": "unresolved"}, "'unresolved', but its interval and the noise floor allow 'faster'"),
    ("comparisons", {"verdict": "slower"}, "'slower', but its interval and the noise floor allow 'faster'"),
    ("summary", {"median": 1.0}, "median 1, the samples give"),
    ("summary", {"n": 11}, "n 11, the samples give 10"),
    ("noise_floor", {"floor": 0.0001}, "noise floor of ops_per_sec on random_mixed: floor 0.0001, the samples give"),
])
def test_an_edited_figure_is_named(folder: Path, part: str, changes: Record, words: str) -> None:
    change(folder, lambda run: run[part][0].update(changes))
    assert any(words in line for line in wrong(folder)), wrong(folder)


def test_it_is_said_on_the_terminal_and_on_the_page(folder: Path) -> None:
    change(folder, lambda run: run["comparisons"][0].update(ratio=2.0))
    ended = subprocess.run([sys.executable, str(REPORT), str(folder)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert "1 of its rows do not follow from samples.jsonl" in ended.stderr
    assert "trust neither" in ended.stderr
    text = (folder / "report.html").read_text()
    assert "do not follow from samples.jsonl" in text
    assert "worked out from them once more" not in text


def test_lines_that_are_gone_are_missed(folder: Path) -> None:
    """Cut between two lines: every line that is left can be read."""
    lines = (folder / "samples.jsonl").read_text().splitlines(keepends=True)
    (folder / "samples.jsonl").write_text("".join(lines[:-10]))
    assert wrong(folder)


def test_samples_of_another_run_are_noticed(folder: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "other", *make_run(rounds=10, seed=8, workloads=["random_mixed"]))
    (other / "samples.jsonl").rename(folder / "samples.jsonl")
    assert len(wrong(folder)) > 20


def test_a_killed_run_may_have_samples_of_one_round_more(folder: Path) -> None:
    lines = (folder / "samples.jsonl").read_text().splitlines(keepends=True)
    more = [dict(json.loads(line), round=11) for line in lines[-8:-3]]
    (folder / "samples.jsonl").write_text("".join(lines) + "".join(f"{json.dumps(line)}\n" for line in more))
    assert wrong(folder)
    change(folder, lambda run: run.update(state="partial"))
    assert wrong(folder) == []


def test_a_claim_on_failed_samples_is_none(folder: Path) -> None:
    change(folder, lambda run: run["comparisons"][0].update(ratio=None, ci_low=None, ci_high=None))
    assert any("'faster', but its interval" in line for line in wrong(folder))
    change(folder, lambda run: run["comparisons"][0].update(verdict="unresolved"))
    assert wrong(folder) == []
