"""The forms of a results folder that the harness hands to the report script: plots and bundles."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path

import pytest

from conftest import SCHEMAS
from test_real import harness


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(SCHEMAS / "golden", tmp_path_factory.mktemp("forms") / "golden"))


def test_plots_are_files_in_the_folder(folder: Path) -> None:
    ended = harness("plot", str(folder), "--workload", "random_mixed")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [str(folder / "plots" / "speed-random_mixed.svg")]
    assert (folder / "plots" / "speed-random_mixed.svg").read_text().startswith("<svg ")


def test_plots_in_the_terminal(folder: Path) -> None:
    ended = harness("plot", str(folder), "--term", "--workload", "random_mixed")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("random_mixed: M ops/sec")


def test_a_bundle_is_one_archive(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "golden.tar.gz"
    ended = harness("bundle", str(folder), "--out", str(target))
    assert (ended.returncode, ended.stdout) == (0, f"{target}\n"), ended.stderr
    with tarfile.open(target) as archive:
        assert {"golden/report.html", "golden/samples.jsonl", "golden/SHA256SUMS"} <= set(archive.getnames())


def test_a_report_goes_where_it_is_asked_to(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    ended = harness("report", str(folder), "--out", str(target))
    assert (ended.returncode, ended.stdout) == (0, f"{target}\n")
    assert target.is_file()


@pytest.mark.parametrize("words, said", [
    (("plot",), "plot needs one results folder, such as './harness plot results/20251123-101500-lab-phase3'"),
    (("bundle", "a", "b"), "bundle needs one results folder, such as "
     "'./harness bundle results/20251123-101500-lab-phase3'"),
    (("plot", "a", "--term", "--out", "b"), "plot: --term draws in the terminal, --out writes files; not both"),
])
def test_wrong_usage(words: tuple[str, ...], said: str) -> None:
    ended = harness(*words)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"harness: {said}\n")


def test_a_folder_without_a_run_has_no_bundle(tmp_path: Path) -> None:
    ended = harness("bundle", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "holds neither run.json nor samples.jsonl" in ended.stderr
    assert not tmp_path.with_name(f"{tmp_path.name}.tar.gz").exists()


def test_what_the_report_says_of_a_folder_reaches_the_user(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(SCHEMAS / "golden", folder)
    assert harness("report", str(folder), "--markdown").stderr == ""
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text[: len(text) // 2])
    ended = harness("report", str(folder), "--markdown")
    assert ended.returncode == 0
    assert ended.stderr.startswith("report: the folder is not whole: ") and len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["report", "plot", "bundle"])
def test_a_target_that_is_no_file_is_wrong_usage(tmp_path: Path, command: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ended = harness(command, str(SCHEMAS / "golden"), "--out", str(pipe))
    assert ended.returncode == 2
    assert pipe.is_fifo() and "is no regular file" in ended.stderr
