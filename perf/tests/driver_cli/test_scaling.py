"""The same work by several numbers of threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import HERE, Ended, Lab, comparison, compile_stub, load

MANY = 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="module", autouse=True)
def threaded(stubs: Path) -> Iterator[None]:
    """Workload gamma, which claims to have as many threads as it is told, and to be as much faster."""
    program = stubs / "bin" / "bench_gamma_system"
    compile_stub(HERE / "stub_workload.c", program, '-DTHREADS_MAX="64"')
    yield
    program.unlink()


def compare(lab: Lab, threads: str, *more: str) -> tuple[Ended, Path]:
    return lab.compare("phase1", "phase0", "--threads", threads, *(more or ("--workload", "gamma")))


def test_each_number_of_threads_is_measured_and_compared(lab: Lab) -> None:
    ended, folder = compare(lab, f"1,{MANY}")
    assert ended.status == 0, ended.err
    run, samples = load(folder)
    assert [item["name"] for item in run["plan"]["workloads"]] == ["gamma_t1", f"gamma_t{MANY}"]
    assert {(s["workload"], s["params"]["threads"]) for s in samples} == {("gamma_t1", 1), (f"gamma_t{MANY}", MANY)}
    assert {item["workload"] for item in run["comparisons"]} == {"gamma_t1", f"gamma_t{MANY}"}
    rows = {(row["allocator"], row["threads"]): row for row in run["scaling"]["rows"]}
    assert set(rows) == {(arm, threads) for arm in ("phase1", "phase0") for threads in (1, MANY)}
    assert rows["phase1", MANY]["speedup"] == pytest.approx(MANY, rel=0.05)
    assert rows["phase1", 1]["speedup"] == 1
    assert rows["phase1", 1]["oversubscribed"] is False
    assert rows["phase1", MANY]["oversubscribed"] is True
    assert run["scaling"]["allowed_cpus"] == len(os.sched_getaffinity(0))


def test_the_table_marks_oversubscription(lab: Lab) -> None:
    ended, _ = compare(lab, f"1,{MANY}")
    table = ended.out.split("gamma by number of threads")[1]
    assert table.split()[:4] == ["M", "ops/s", "1", f"{MANY}*"]
    assert "* oversubscribed: more threads than the" in table
    assert max(len(line) for line in table.split("\nresults in")[0].splitlines()) <= 80


def test_workloads_with_one_thread_are_left_out(lab: Lab) -> None:
    folder = lab.new_folder()
    words = ("--threads", "1,2", "--rounds", "1", "--ops", "1000", "--no-report", "--out", str(folder))
    ended = lab.run("compare", "phase1", "phase0", *words)
    assert ended.status == 0, ended.err
    assert [item["base"] for item in load(folder)[0]["plan"]["workloads"]] == ["gamma", "gamma"]


def test_one_number_is_no_scaling(lab: Lab) -> None:
    _, folder = compare(lab, "4")
    run, _ = load(folder)
    assert "scaling" not in run
    assert comparison(run, "phase1", "phase0")["workload"] == "gamma"


@pytest.mark.parametrize("threads, more, message", [
    ("1,1", (), "must be more than the number before it"),
    ("1,,2", (), "must be a whole number"),
    ("1,128", (), "gamma takes 1 to 64 threads"),
    ("1,2", ("--workload", "alpha"), "alpha has one thread"),
    ("1,2,3,4,5,6,7,8", (), "at most 7 numbers")])
def test_wrong_usage(lab: Lab, threads: str, more: tuple[str, ...], message: str) -> None:
    ended, folder = compare(lab, threads, *more)
    assert ended.status == 2
    assert message in ended.err
    assert not folder.exists()


def test_only_compare_takes_several(lab: Lab) -> None:
    ended = lab.run("run", "gamma", "phase0", "--threads", "1,2")
    assert ended.status == 2
    assert "only compare takes several" in ended.err
