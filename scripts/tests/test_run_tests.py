"""The test runner counts what ran, and is red whenever something did not pass or did not run."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

RUN_TESTS = Path(__file__).parents[1] / "run-tests"
CMOCKA_TWO_PASS_ONE_SKIP = """[==========] Running 3 test(s).
[ RUN      ] a
[       OK ] a
[ RUN      ] b
[       OK ] b
[ RUN      ] c
[  SKIPPED ] c
[==========] 3 test(s) run.
[  PASSED  ] 2 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] c
"""
CMOCKA_ONE_FAILS = """[==========] group: Running 2 test(s).
[       OK ] a
[  FAILED  ] b
[==========] group: 2 test(s) run.
[  PASSED  ] 1 test(s).
[  FAILED  ] group: 1 test(s), listed below:
[  FAILED  ] b
"""


def program(folder: Path, name: str, output: str = "", ending: str = "exit 0") -> str:
    path = folder / name
    (folder / f"{name}.txt").write_text(output)
    path.write_text(f"#!/bin/sh\ncat '{path}.txt'\n{ending}\n")
    path.chmod(0o755)
    return str(path)


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run([RUN_TESTS, "--logs", folder / "logs", *arguments], stdout=subprocess.PIPE, text=True,
                          check=False)
    return done.returncode, done.stdout.splitlines()[-1], done.stdout


def test_counts_cases_of_cmocka_and_plain_programs(tmp_path: Path) -> None:
    status, closing, _ = run(tmp_path, program(tmp_path, "cases", CMOCKA_TWO_PASS_ONE_SKIP), program(tmp_path, "plain"))
    assert (status, closing) == (0, "3 passed, 0 failed, 1 skipped")


def test_closing_line_without_skips(tmp_path: Path) -> None:
    assert run(tmp_path, program(tmp_path, "plain"))[:2] == (0, "1 passed, 0 failed")


@pytest.mark.parametrize("ending", ["exit 1", "exit 0"])
def test_failed_case_is_red_whatever_the_exit_status(tmp_path: Path, ending: str) -> None:
    status, closing, output = run(tmp_path, program(tmp_path, "cases", CMOCKA_ONE_FAILS, ending))
    assert (status, closing) == (1, "1 passed, 1 failed")
    assert "[  FAILED  ] b" in output, "the output of a failing program is shown"


def test_bad_exit_after_passing_cases_is_red(tmp_path: Path) -> None:
    status, closing, _ = run(tmp_path, program(tmp_path, "leaks", CMOCKA_TWO_PASS_ONE_SKIP, "exit 23"))
    assert (status, closing) == (1, "2 passed, 1 failed, 1 skipped")


def test_early_exit_with_success_is_red(tmp_path: Path) -> None:
    status, closing, _ = run(tmp_path, program(tmp_path, "early", "[==========] Running 2 test(s).\n[       OK ] a\n"))
    assert (status, closing) == (1, "1 passed, 1 failed")


def test_signal_is_named(tmp_path: Path) -> None:
    status, closing, output = run(tmp_path, program(tmp_path, "crash", ending="kill -SEGV $$"))
    assert (status, closing) == (1, "0 passed, 1 failed")
    assert "SIGSEGV" in output


def test_hanging_program_is_killed_with_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "child-lived-on"
    hang = program(tmp_path, "hang", ending=f"(sleep 2; touch '{mark}') & sleep 60")
    status, closing, output = run(tmp_path, "--timeout", "0.5", hang)
    assert (status, closing) == (1, "0 passed, 1 failed")
    assert "killed after 0.5 s" in output
    subprocess.run(["sleep", "2"], check=True)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_interrupt_ends_what_runs(tmp_path: Path, name: str) -> None:
    mark = tmp_path / "started"
    hang = program(tmp_path, "hang", ending=f"echo $$ >'{mark}'; sleep 60")
    with subprocess.Popen([RUN_TESTS, "--logs", tmp_path / "logs", "--jobs", "2", hang, hang]) as runner:
        while not mark.exists() or not mark.read_text():
            time.sleep(0.05)
        runner.send_signal(signal.Signals[name])
        assert runner.wait(10) != 0
    assert not Path(f"/proc/{mark.read_text().strip()}").exists()


def test_several_at_a_time_count_alike(tmp_path: Path) -> None:
    programs = [program(tmp_path, f"p{i}", ending=f"exit {i % 2}") for i in range(6)]
    assert run(tmp_path, "--jobs", "3", *programs)[:2] == (1, "3 passed, 3 failed")


def test_skip_says_why_and_is_no_success_alone(tmp_path: Path) -> None:
    status, closing, output = run(tmp_path, program(tmp_path, "skip", "no counters here\n", "exit 77"))
    assert (status, closing) == (1, "0 passed, 0 failed, 1 skipped")
    assert "no counters here" in output


def test_nothing_to_run_is_red(tmp_path: Path) -> None:
    assert run(tmp_path)[:2] == (1, "0 passed, 0 failed")


def test_program_that_is_not_there_is_red(tmp_path: Path) -> None:
    assert run(tmp_path, program(tmp_path, "plain"), str(tmp_path / "absent"))[:2] == (1, "1 passed, 1 failed")


@pytest.mark.parametrize(("source", "expected"), [
    ("def test_a(): pass\ndef test_b(): pass\n", (0, "2 passed, 0 failed")),
    ("def test_a(): pass\ndef test_b(): assert False\n", (1, "1 passed, 1 failed")),
    ("def test_a(\n", (1, "0 passed, 1 failed")),
    ("x = 1\n", (1, "0 passed, 1 failed")),
    ("import os\ndef test_a(): os._exit(0)\n", (1, "0 passed, 1 failed")),
])
def test_pytest_files(tmp_path: Path, source: str, expected: tuple[int, str]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "test_it.py").write_text(source)
    assert run(tmp_path, "--pytest", str(folder))[:2] == expected


def test_pytest_folder_without_tests_is_red(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path, "--pytest", str(tmp_path / "empty"))[:2] == (1, "0 passed, 1 failed")
