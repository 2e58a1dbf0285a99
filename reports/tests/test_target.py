"""Where a form goes: nothing but a regular file is ever replaced, a folder is written into, pictures are SVG."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from labreport.command import main
from labreport.target import file_target
from synthetic import make_run, write_run
from test_damage import report


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "run", *make_run(rounds=6, workloads=["random_mixed"]))


FORMS = [[], ["--markdown"], ["--csv"], ["--bundle"], ["--plots"]]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_regular_file_is_not_replaced(
        folder: Path, tmp_path: Path, form: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert main([str(folder), *form, "--out", str(pipe)]) == 2
    assert pipe.is_fifo() and list(tmp_path.iterdir()) == [pipe]
    said = capsys.readouterr()
    assert said.out == "" and f"{pipe}: is no regular file, and would be replaced; give another place" in said.err


def test_a_folder_in_the_place_of_the_file_is_not_replaced(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    result = report(folder, "--out", tmp_path)
    assert result.returncode == 2
    assert "report.html: is a folder" in result.stderr
    assert list(tmp_path.joinpath("report.html").iterdir()) == []


def slashed(place: Path) -> str:
    return f"{place}/"


@pytest.mark.parametrize("made, word", [(True, str), (True, slashed), (False, slashed)])
def test_a_folder_is_written_into(tmp_path: Path, made: bool, word: Callable[[Path], str]) -> None:
    place = tmp_path / "dd"
    if made:
        place.mkdir()
    assert file_target(word(place), Path("run/report.html")) == place / "report.html"
    assert place.is_dir()


@pytest.mark.parametrize("form, name", [("--markdown", "report.md"), ("--csv", "report.csv"),
                                        ("--bundle", "run.tar.gz")])
def test_every_form_has_its_name_in_a_folder(folder: Path, tmp_path: Path, form: str, name: str,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), form, "--out", f"{tmp_path}/"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / name}\n"
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["x.png", "x.PNG", "x.pdf", "x.jpeg"])
def test_pictures_of_other_kinds_are_refused(
        folder: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--plots", "--out", str(tmp_path / name)]) == 2
    assert "name x.svg for one picture" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", [["--markdown"], ["--plots"]])
def test_paths_are_absolute(folder: Path, form: list[str], monkeypatch: pytest.MonkeyPatch,
                            capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(folder.parent)
    assert main(["run", *form, "--out", "run/new/" if form != ["--plots"] else "run/new"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(Path(line).is_absolute() and Path(line).is_file() for line in lines)
