"""Wrong usage: one message that says what, where and what to do; exit status 2; nothing measured, nothing written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conftest import BUILD, Lab, load

CASES = [
    ((), "a command is needed; './harness help' lists them"),
    (("frobnicate",), "there is no command 'frobnicate'"),
    (("help", "frobnicate"), "there is no command 'frobnicate'"),
    (("compare",), "compare needs two allocators or more"),
    (("compare", "phase0"), "compare needs two allocators or more"),
    (("compare", "phase0", "dlmalloc"), "unknown allocator 'dlmalloc'"),
    (("compare", "phase0", "./libmissing.so"), "cannot use ./libmissing.so as an allocator: No such file or directory"),
    (("compare", "phase0", "/etc/passwd"), "it is not an ELF file"),
    (("compare", "phase0", "/etc/"), "it is not a file"),
    (("compare", "phase0", "phase7"), "there is no phase7; the phases are phase0, phase1"),
    (("compare", "phase0", "phase0"), "phase0 is named twice"),
    (("compare", "hakmem", "phase1"), "phase1 is named twice"),
    (("compare", "phase0", "floor"), "floor is no allocator to compare with"),
    (("compare", "phase0", "rpmalloc"), "rpmalloc is not on this machine"),
    (("compare", "phase0", "phase1", "--baseline", "nix"), "unknown allocator 'nix'"),
    (("compare", "phase0", "phase1", "--workload", "gamma"), "unknown workload 'gamma'; the workloads are alpha, beta"),
    (("compare", "phase0", "phase1", "--workload", "alpha,,beta"), "unknown workload ''"),
    (("compare", "phase0", "phase1", "--workload", "alpha,alpha"), "workload 'alpha' is named twice"),
    (("compare", "phase0", "phase1", "--param", "color=3"), "alpha has no parameter 'color'"),
    (("compare", "phase0", "phase1", "--ops", "3"), "alpha: ops must be 10 to 1000000000, not 3"),
    (("compare", "phase0", "phase1", "--threads", "2"), "none of these workloads can use more than one thread"),
    (("compare", "phase0", "phase1", "--rounds", "none"), "--rounds 'none': must be a whole number"),
    (("compare", "phase0", "phase1", "--pin", "spread"), "--pin spread cannot be had for alpha"),
    (("compare", "phase0", "phase1", "--group", "nix"), "--group nix"),
    (("compare", "phase0", "system", "--linkage", "static"), "--linkage static is for phases against phases"),
    (("compare", "--unknown"), "unknown option '--unknown'; see './harness compare --help'"),
    (("lab", "--phase", "9"), "there is no phase9; the phases are phase0, phase1"),
    (("lab", "phase1"), "lab takes no 'phase1'"),
    (("run", "alpha"), "run needs a workload and an allocator"),
    (("run", "gamma", "phase0"), "unknown workload 'gamma'"),
    (("run", "alpha,beta", "phase0"), "run takes one workload"),
    (("run", "alpha", "system", "--linkage", "static"), "system cannot be linked in"),
    (("run", "alpha", "system", "--threads", "2"), "alpha has one thread"),
    (("list", "more"), "list takes no 'more'"),
    (("doctor", "more"), "doctor takes no 'more'"),
    (("report",), "report needs one results folder"),
]


@pytest.mark.parametrize(("words", "message"), CASES, ids=[" ".join(words) or "nothing" for words, _ in CASES])
def test_wrong_usage(lab: Lab, words: tuple[str, ...], message: str) -> None:
    ended = lab.run(*words)
    assert message in ended.err
    assert ended.status == 2
    assert ended.out == ""
    assert ended.err.startswith("harness: ") and ended.err.count("\n") == 1
    assert not (lab.folder / "out").exists()


def test_a_shared_object_without_malloc(lab: Lab) -> None:
    source = lab.folder / "empty.c"
    source.write_text("int nothing_of_use(void) { return 1; }\n")
    path = lab.library("libempty.so", source=str(source))
    ended, folder = lab.compare("phase0", path)
    assert ended.status == 2
    assert f"cannot use {path} as an allocator: it does not define malloc" in ended.err
    assert not folder.exists()


@pytest.mark.parametrize("tail", [(), ("--", "/bin/echo", "hello")])
def test_spaces_and_colons_in_paths_are_no_hindrance(lab: Lab, tail: tuple[str, ...]) -> None:
    """The dynamic linker splits LD_PRELOAD at both: in the lab's own place, in --out and in a path that is given."""
    place = lab.folder / "a clone: with spaces"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(lab.bin, place / "bin")
    shutil.copytree(lab.lib, place / "lib")
    shutil.copy(BUILD / "bin" / "lab-program", place / "bin")
    shutil.copy(BUILD / "lib" / "liblab-witness.so", place / "lib")
    odd = Lab(place)
    path = odd.library("lib with: space.so", "-DSPEED=99", "-O2")
    before = set(Path("/tmp").glob("hakmem-lab-preload-*"))
    work = () if tail else ("--workload", "alpha", "--ops", "100000")
    out = place / "o u:t"
    ended = odd.run("compare", "phase1", path, *work, "--rounds", "6", "--no-report", "--out", str(out), *tail)
    assert ended.status == 0, ended.err
    run, samples = load(out)
    assert run["failures"] == []
    assert path in {sample["allocator"]["malloc_object"] for sample in samples}
    assert set(Path("/tmp").glob("hakmem-lab-preload-*")) <= before


@pytest.mark.parametrize("words, told", [
    (("run", "alpha", "phase1", "extra"), "'extra' is one word too many"),
    (("stats", "alpha", "phase1", "extra"), "'extra' is one word too many"),
    (("simulate", "alpha", "phase1", "extra"), "'extra' is one word too many"),
    (("report", "A", "B", "C"), "'C' is one too many"),
    (("gate", "A", "B", "C"), "'C' is one too many"),
    (("compare", "phase0", "libfoo.so"), "a path with a slash (./libfoo.so)"),
    (("compare", "phase0", "foo"), "a path with a slash (./libfoo.so)"),
    (("compare", "phase0", "phase1-without-nothing"), "phase1-without-nothing"),
    (("compare", "phase0", "phase1", "--expect-status", "1"), "--expect-status is for a program behind '--'"),
])
def test_what_is_wrong_is_named(lab: Lab, words: tuple[str, ...], told: str) -> None:
    ended = lab.run(*words)
    assert ended.status in (1, 2)
    assert told in ended.err


def test_a_missing_peer_says_how_to_get_it(lab: Lab) -> None:
    for name in ("rpmalloc", "snmalloc"):
        ended = lab.run("compare", "phase0", name)
        assert ended.status == 2
        assert "it is in no package: build it and name its path" in ended.err


def test_the_same_code_under_two_names(lab: Lab) -> None:
    twin = lab.lib / "libtwin.so"
    twin.write_bytes((lab.lib / "libhakmem-phase1.so").read_bytes())
    ended, _ = lab.compare("phase1", str(twin))
    assert ended.status == 2
    assert "phase1 and twin are the same machine code" in ended.err


def test_results_are_never_overwritten(lab: Lab) -> None:
    _, folder = lab.compare("phase1", "phase0", "--rounds", "1")
    before = (folder / "run.json").read_bytes()
    ended = lab.run("compare", "phase1", "phase0", "--out", str(folder))
    assert ended.status == 2
    assert "the folder is not empty" in ended.err
    assert (folder / "run.json").read_bytes() == before


def test_a_folder_that_cannot_be_made(lab: Lab) -> None:
    ended = lab.run("compare", "phase1", "phase0", "--out", "/dev/null/results")
    assert ended.status == 1
    assert "cannot create the results folder /dev/null/results" in ended.err
