"""Drawn programs: what is drawn from a seed and an index, its bounds and words, and what a summary counts."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from script import load
from test_shapes import PROGRAM, SCRIPT, ROOT, build, call

sys.path.insert(0, str(ROOT / "scripts"))
import drawn  # noqa: E402
import drawn_summary  # noqa: E402

shapes = load(SCRIPT)
BINARY = ROOT / os.environ.get("BUILD", "build") / "bin" / "shapes"
DRAWS = 5000


@pytest.fixture(scope="module")
def programs() -> list[Any]:
    return [drawn.draw(3, index) for index in range(1, DRAWS + 1)]


# --- what is drawn ----------------------------------------------------------------------------------------------------

def test_a_program_is_the_same_whenever_it_is_drawn(programs: list[Any]) -> None:
    assert [drawn.draw(3, index) for index in (1, 17, DRAWS)] == [programs[0], programs[16], programs[-1]]
    assert len({tuple(one.command()) for one in programs}) == DRAWS
    assert drawn.draw(4, 17) != programs[16]


def test_a_program_is_what_it_was_when_this_was_written() -> None:
    """Results that somebody wrote down are of these; what is drawn otherwise needs another text as its seed."""
    assert " ".join(drawn.draw(1, 4).command()) == (
        "drawn sizes=even:346:5477 policy=random touch=line order=newest threads=2 lives=1 slots=7901 "
        "batch=85 ops=1970801 keep=0 calloc=0 aligned=0 realloc=0 handed=100 shelves=1024 seed=324548714")
    assert " ".join(drawn.draw(7, 1).command()) == (
        "drawn sizes=log:11:49 policy=generations touch=all order=oldest threads=2 lives=1 slots=22035 "
        "batch=403 ops=7346261 keep=10 calloc=0 aligned=0 realloc=0 handed=100 shelves=1024 seed=236550535")


def test_everything_stays_within_its_bounds(programs: list[Any]) -> None:
    for one in programs:
        assert drawn.SIZE_MIN <= min(one.numbers) and max(one.numbers) <= drawn.SIZE_MAX
        assert list(one.numbers) == sorted(one.numbers)
        assert drawn.SLOTS_MIN <= one.slots <= drawn.LIVE_BLOCKS / one.threads
        assert drawn.BATCH_MIN <= one.batch <= one.slots
        assert drawn.OPS_MIN <= one.ops <= drawn.OPS_MAX and one.ops >= drawn.TURNOVER * one.slots * one.threads
        assert one.live_bytes() <= drawn.LIVE_BYTES
        assert one.ops * drawn.op_ns(one) <= drawn.RUN_NS * 1.01 or one.ops == drawn.OPS_MIN
        assert 0 <= one.keep <= 900 and one.calloc + one.aligned <= 1000
        assert one.threads in (1, 2, 4, 8, 16) and (one.threads > 1 or (one.lives, one.handed) == (1, 0))
        assert one.shelves <= drawn.SHELVES_MAX and (one.handed > 0 or one.shelves == 1)


def test_everything_that_can_be_drawn_is(programs: list[Any]) -> None:
    for values, name in ((drawn.POLICIES, "policy"), (drawn.SIZES, "sizes"), (drawn.TOUCHES, "touch"),
                         (drawn.ORDERS, "order"), (drawn.LIVES, "lives"), (drawn.HANDED, "handed"),
                         (drawn.CALLOC, "calloc"), (drawn.ALIGNED, "aligned"), (drawn.REALLOC, "realloc")):
        assert {getattr(one, name) for one in programs} == set(values)
    threads = Counter(one.threads for one in programs)
    assert set(threads) >= set(drawn.THREADS) and threads[1] > DRAWS / 2
    assert min(one.slots for one in programs) < 10 and max(one.slots for one in programs) > 100000
    assert len({one.seed for one in programs}) > DRAWS - 5


def test_words_tell_a_reader_what_it_does() -> None:
    one = drawn.Program(1, "batch", "few", (24, 3000), "line", "random", threads=4, lives=10, slots=5000, batch=120,
                        ops=10, keep=20, calloc=200, aligned=0, realloc=0, handed=100, shelves=64, seed=9)
    assert one.words() == ("batches of 120 blocks, freed in random order but for 2 %, of 24 B or 2.93 KiB; "
                           "first 64 bytes written; 20 % calloc; 10 % freed by other threads; "
                           "4 threads, 10 after one another in each place")
    alone = replace(one, policy="generations", slots=200, sizes="one", numbers=(9,), threads=1, lives=1, calloc=0,
                    handed=0)
    assert alone.words() == ("120 young blocks, 2 % of which then replace one of 80 old, all of 9 B; "
                             "first 64 bytes written")


def test_words_are_there_for_all_that_can_be_drawn(programs: list[Any]) -> None:
    words = [one.words() for one in programs]
    assert all(20 < len(one) < 320 and "None" not in one for one in words)


def checksum_mean(sizes: str) -> float:
    """Bytes of a block, from a checksum: the tags of all blocks, and of each its whole words and its last byte."""
    done = subprocess.run([BINARY, "drawn", "policy=queue", f"sizes={sizes}", "slots=9", "ops=40000", "touch=all"],
                          check=True, capture_output=True, text=True)
    record = json.loads(done.stdout)
    return record["checksum"] / record["ops"] - 127.5 - 1 + 3.5


@pytest.mark.parametrize("sizes", ["one:2000", "even:100:9000", "log:100:70000", "log:700:900", "few:800:900:5000",
                                   "mostly:200:9000", "tail:100:20000"])
def test_means_are_those_of_the_program_in_c(sizes: str) -> None:
    kind, *numbers = sizes.split(":")
    assert drawn.mean_size(kind, tuple(map(int, numbers))) == pytest.approx(checksum_mean(sizes), rel=0.03)


@pytest.mark.parametrize("index", range(1, 7))
def test_the_program_in_c_takes_what_is_drawn(index: int) -> None:
    command = [BINARY, "--scale", "0.001", *drawn.draw(11, index).command()]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# --- the summary ------------------------------------------------------------------------------------------------------

# ns for an operation, of three rounds; the memory is the same number in MiB.
COSTS = {"drawn-1": {"hakmem": [10, 10, 10], "mimalloc": [20, 20, 40], "system": [30, 30, 30]},
         "drawn-2": {"hakmem": [21, 21, 21], "mimalloc": [40, 40, 40], "system": [20, 20, 20]},
         "drawn-3": {"hakmem": [44, 44, 44], "mimalloc": [11, 11, 11], "system": [22, 22, 22]}}


def summary(costs: dict[str, dict[str, list[int]]]) -> Any:
    samples = [shapes.Sample(number, shape, name, 1000, cost * 1000, cost * 1024, 1, 0)
               for shape, there in costs.items() for name, rounds in there.items()
               for number, cost in enumerate(rounds, 1)]
    rows = {name: [shapes.row_of(samples, shape, cost) for shape in costs] for name, cost in shapes.COSTS.items()}
    programs = [drawn.draw(1, index) for index in range(1, len(costs) + 1)]
    return drawn_summary.Summary.of(programs, samples, rows, shapes.COSTS)


def test_rows_within_five_percent_are_counted_and_the_worst_come_first() -> None:
    rows = summary(COSTS).rows["ns_per_op"]
    assert drawn_summary.near(rows) == 2  # 0.5, 1.05 and 4
    assert [row.shape for row in drawn_summary.worst(rows)] == ["drawn-3", "drawn-2", "drawn-1"]
    assert drawn_summary.near([replace(rows[1], best=shapes.Ratio.of("x", [1.06]))]) == 0


def test_distances_are_to_the_best_of_each_row() -> None:
    found = {one.allocator: one for one in summary(COSTS).distances["ns_per_op"]}
    assert found["hakmem"].mean.rounds == pytest.approx([(1 * 1.05 * 4) ** (1 / 3)] * 3)
    assert found["mimalloc"].mean.rounds == pytest.approx([(2 * 2 * 1) ** (1 / 3)] * 2 + [(4 * 2 * 1) ** (1 / 3)])
    assert found["system"].mean.rounds == pytest.approx([(3 * 1 * 2) ** (1 / 3)] * 3)
    assert list(found) == ["mimalloc", "hakmem", "system"]  # the nearest first
    assert [(one.worst, one.worst_shape, one.best_rows) for one in found.values()] \
        == [(2, "drawn-1", 1), (4, "drawn-3", 1), (3, "drawn-1", 1)]


def test_the_summary_as_it_is_shown() -> None:
    lines = list(summary(COSTS).lines())
    assert lines[0] == "drawn programs: within 5 % of the best peer or better in 2 of 3 (time), 2 of 3 (memory)"
    assert lines[1] == "worst in time:"
    words = " ".join(map(str.strip, lines[2:4]))
    assert words == f"drawn-3     4.00 4.00..4.00 mimalloc: {drawn.draw(1, 3).words()}"
    end = next(at for at, line in enumerate(lines) if line.startswith("each allocator"))
    assert max(map(len, lines[:end])) <= drawn_summary.WIDTH
    assert lines[-2].split() == ["hakmem", "time", "1.61", "1.61..1.61", "best", "in", "1", "worst", "4.00", "drawn-3",
                                 "memory", "1.61", "1.61..1.61", "best", "in", "1", "worst", "4.00", "drawn-3"]


def test_ten_rows_are_named_and_no_more() -> None:
    many = {f"drawn-{index}": {"hakmem": [10], "mimalloc": [100 - index]} for index in range(1, 31)}
    assert [row.shape for row in drawn_summary.worst(summary(many).rows["peak_mib"])] \
        == [f"drawn-{index}" for index in range(30, 20, -1)]


def test_the_interval_over_programs_is_that_of_a_mean_of_logarithms() -> None:
    ratios = [shapes.Ratio.of("x", [one]) for one in [0.5, 2.0] * 18]
    found = drawn_summary.Expected.of(ratios)
    error = 1.959964 * math.log(2) * (36 / 35) ** 0.5 / 6
    assert found is not None
    assert (found.mean, found.low, found.high) == pytest.approx((1, math.exp(-error), math.exp(error)))
    assert drawn_summary.Expected.of(ratios[:19]) is None  # too few for a normal distribution
    assert drawn_summary.Expected.of([*ratios, None]) is None


def test_what_holds_for_all_programs_is_said_from_twenty_on() -> None:
    many = {f"drawn-{index}": {"hakmem": [10], "mimalloc": [20], "system": [5]} for index in range(1, 21)}
    shown = list(summary(many).lines())
    assert shown[1:3] == [
        "all programs that could be drawn, 95 % interval: 2.00 (2.00 to 2.00) of the best peer's time, "
        "2.00 (2.00 to 2.00) of the best peer's memory",
        "all programs that could be drawn, 95 % interval: 0.50 (0.50 to 0.50) of mimalloc's time, "
        "0.50 (0.50 to 0.50) of mimalloc's memory"]
    assert json.loads(json.dumps(summary(many).plain(1)))["expected"]["ns_per_op"]["best"] \
        == pytest.approx({"mean": 2, "low": 2, "high": 2})


def test_without_peers_there_is_no_summary() -> None:
    alone = {shape: {"hakmem": there["hakmem"]} for shape, there in COSTS.items()}
    assert list(summary(alone).lines()) == []


# --- the script -------------------------------------------------------------------------------------------------------

def test_drawn_rows_are_in_the_table_the_json_and_the_csv(tmp_path: Path) -> None:
    done = call("--program", build(tmp_path), "--drawn", "3", "--seed", "7", "--rounds", "2", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[2:6]] == ["drawn-1", "drawn-2", "drawn-3", "geometric"]
    assert "within 5 % of the best peer or better in 3 of 3 (time), 3 of 3 (memory)" in done.stdout
    record = json.loads((tmp_path / "out/shapes.json").read_text())
    there = record["drawn"]
    assert (there["seed"], there["near"]) == (7, {"limit": 1.05, "ns_per_op": 3, "peak_mib": 3})
    assert [one["name"] for one in there["programs"]] == list(record["shapes"]) == ["drawn-1", "drawn-2", "drawn-3"]
    expected = drawn.draw(7, 2)
    assert (there["programs"][1]["slots"], record["shapes"]["drawn-2"]) == (expected.slots, expected.words())
    assert [one["allocator"] for one in there["distances"]["peak_mib"]] == ["hakmem", "system"]
    with (tmp_path / "out/shapes.csv").open() as stream:
        assert Counter(one["shape"] for one in csv.DictReader(stream)) == {f"drawn-{index}": 4 for index in (1, 2, 3)}


def test_one_program_can_be_repeated_alone(tmp_path: Path) -> None:
    program = build(tmp_path, f"[ -n \"$LD_PRELOAD\" ] || echo \"$@\" >'{tmp_path}/words'")
    done = call("--program", program, "--drawn", "200", "--seed", "7", "--shape", "drawn-17", "--rounds", "1")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[2:4]] == ["drawn-17", "geometric"]
    assert (tmp_path / "words").read_text().split() == ["--scale", "1", *drawn.draw(7, 17).command()]


def test_shapes_and_drawn_programs_go_together(tmp_path: Path) -> None:
    done = call("--program", build(tmp_path), "--drawn", "2", "--shape", "two", "--rounds", "1")
    assert [line.split()[0] for line in done.stdout.splitlines()[2:5]] == ["two", "drawn-1", "drawn-2"]
    assert "better in 2 of 2 (time)" in done.stdout


def test_the_list_says_what_is_drawn(tmp_path: Path) -> None:
    done = call("--program", build(tmp_path), "--drawn", "2", "--seed", "5", "--list")
    assert done.stdout.splitlines() \
        == [f"{drawn.name_of(index):<14} {drawn.draw(5, index).words()}" for index in (1, 2)]


def test_a_run_that_did_other_work_is_refused(tmp_path: Path) -> None:
    program = build(tmp_path, "[ -z \"$LD_PRELOAD\" ] || sum=6")
    done = call("--program", program, "--drawn", "1", "--rounds", "1", "--out", tmp_path / "out")
    assert done.returncode == 1 and not (tmp_path / "out").exists()
    assert "drawn-1: checksum" in done.stderr and "one of them lost a block's content" in done.stderr


@pytest.mark.parametrize(("arguments", "words"), [
    (["--drawn", "0"], "--drawn 0: 1 to 10000"),
    (["--drawn", "-3"], "--drawn -3: 1 to 10000"),
    (["--drawn", "10001"], "--drawn 10001: 1 to 10000"),
    (["--drawn", "some"], "invalid int value: 'some'"),
    (["--drawn", "5", "--shape", "drawn-6"], "no shape 'drawn-6'; --drawn 5 has drawn-1 to drawn-5"),
    (["--drawn", "5", "--shape", "drawn-0"], "no shape 'drawn-0'"),
    (["--drawn", "5", "--shape", "drawn-01"], "no shape 'drawn-01'"),
    (["--drawn", "5", "--shape", "three"], "no shape 'three'; there are: one two"),
    (["--shape", "drawn-2"], "'drawn-2' is drawn: say --drawn N, and the --seed that it is of"),
])
def test_bad_usage_is_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    assert "drawn" not in PROGRAM
    done = call("--program", build(tmp_path), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
