"""Bytes that are no text: in what an allocator prints, in names of files, and as many of them as there can be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import Lab, comparison, load

# What a broken allocator may print at its end: bytes that are no UTF-8, and commands to the terminal.
GARBAGE = r'(void)!write(2,"\377\376 lost \033[31mheap\n",18);abort()'


def test_an_allocator_that_prints_garbage_and_dies_has_failed(lab: Lab) -> None:
    lab.library("libgarbage.so", f"-DAT_CALL_1000={GARBAGE}")
    ended, folder = lab.compare("phase1", "./lib/libgarbage.so")
    run, samples = load(folder)
    assert ended.status == 1
    assert {item["allocator"] for item in run["failures"]} >= {"garbage"}
    assert all("ended by signal 6 (Aborted): ?? lost ?[31mheap" in item["reason"] for item in run["failures"])
    assert all(sample["reason"] for sample in samples if sample["state"] == "failed")
    assert "(null)" not in ended.err and "\033" not in ended.err
    assert comparison(run, "phase1", "garbage")["verdict"] == "unresolved"


def test_text_of_other_languages_is_kept(lab: Lab) -> None:
    said = 'const char w[]="Größe \\xc3 falsch\\n";(void)!write(2,w,sizeof w-1);abort()'
    lab.library("libwords.so", f"-DAT_CALL_1000={said}")
    _, folder = lab.compare("phase1", "./lib/libwords.so")
    assert "Größe ? falsch" in load(folder)[0]["failures"][0]["reason"]


def test_an_allocator_that_floods_its_standard_error_does_not_fill_memory(lab: Lab) -> None:
    """What it writes is kept in memory until the process has ended."""
    flood = "static char b[1<<20];for(int i=0;i<70;i++)(void)!write(2,b,sizeof b);pause()"
    lab.library("libflood.so", f"-DAT_CALL_1000={flood}")
    ended, folder = lab.compare("phase1", "./lib/libflood.so")
    assert ended.status == 1
    assert {item["reason"] for item in load(folder)[0]["failures"]} == {
        "killed: it had written more than 64 MiB to standard output or error"}


@pytest.mark.parametrize("name", [b"lib\xff.so", b"sub\xfe/libodd.so"])
def test_a_path_that_is_no_text_is_refused(lab: Lab, name: bytes) -> None:
    path = Path(bytes(lab.lib / "odd").decode()) / name.decode("utf-8", "surrogateescape")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((lab.lib / "libslow.so").read_bytes())
    ended = lab.run("compare", "phase1", str(path), "--workload", "alpha", "--rounds", "1", "--ops", "1000")
    assert ended.status == 2
    assert "not UTF-8" in ended.err and "rename it" in ended.err


def test_a_results_folder_whose_name_is_no_text_is_refused(lab: Lab) -> None:
    folder = str(lab.folder) + "/out-\udcff"
    ended = lab.run("compare", "phase1", "phase0", "--workload", "alpha", "--rounds", "1", "--out", folder)
    assert ended.status == 2
    assert "not UTF-8" in ended.err and "--out" in ended.err
    assert not Path(folder).exists()


def test_control_characters_in_a_name_break_no_table(lab: Lab) -> None:
    path = lab.lib / "libtwo\nlines\x1b[31m.so"
    path.write_bytes((lab.lib / "libslow.so").read_bytes())
    ended, folder = lab.compare("phase1", str(path))
    assert [row["label"] for row in load(folder)[0]["plan"]["allocators"]][1] == "two_lines_[31m"
    assert "\033" not in ended.out + ended.err


def test_columns_stay_in_line_under_names_of_other_languages(lab: Lab) -> None:
    (lab.lib / "libmüßig.so").write_bytes((lab.lib / "libslow.so").read_bytes())
    ended, _ = lab.compare("phase1", "./lib/libmüßig.so")
    rows = [line for line in ended.out.splitlines() if line.startswith(("  phase1  ", "  müßig  "))]
    ends = [found.end() for row in rows if (found := re.match(r"  \S+ +[\d.]+ +[\d.]+", row))]
    assert len(ends) == 2 and ends[0] == ends[1]


def test_what_appends_to_its_standard_error_is_let_do_so(lab: Lab) -> None:
    """make, for one, opens it so."""
    said = 'int f=open("/dev/stderr",O_WRONLY|O_APPEND);(void)!write(f,"appended\\n",9);abort()'
    lab.library("libappends.so", "-include", "fcntl.h", f"-DAT_CALL_1000={said}")
    _, folder = lab.compare("phase1", "./lib/libappends.so")
    assert load(folder)[0]["failures"][0]["reason"].endswith("(Aborted): appended")
