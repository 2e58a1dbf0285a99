"""The table of shapes: its ratios and intervals from recorded samples, its runs, and what it refuses."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from script import load

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "shapes"
LIBRARY = ROOT / os.environ.get("BUILD", "build") / "lib" / "libhakmem.so"
LIMIT_S = 60


shapes = load(SCRIPT)
# Nanoseconds for an operation and peak KiB of seven rounds.
RECORDED: dict[str, dict[str, tuple[list[int], list[int]]]] = {
    "small4k": {
        "hakmem": ([10, 11, 12, 10, 10, 13, 10], [2048] * 7),
        "mimalloc": ([20, 20, 20, 20, 20, 20, 40], [4096] * 7),
        "system": ([40] * 7, [1024, 1024, 1024, 2048, 1024, 1024, 1024]),
    },
    "t8": {
        "hakmem": ([30] * 7, [4096] * 7),
        "mimalloc": ([20] * 7, [4096] * 7),
        "system": ([15] * 7, [8192] * 7),
    },
}


def recorded(misaligned: int = 0) -> list[Any]:
    return [shapes.Sample(i + 1, shape, name, 1000, ns * 1000, kib, 77, misaligned if name == "mimalloc" else 0)
            for shape, by_name in RECORDED.items() for name, (times, peaks) in by_name.items()
            for i, (ns, kib) in enumerate(zip(times, peaks))]


def rows(cost: Any) -> list[Any]:
    return [shapes.row_of(recorded(), shape, cost) for shape in RECORDED]


@pytest.mark.parametrize(("count", "k", "expected"),
                         [(1, 1, 0), (5, 1, 0.9375), (7, 1, 0.984375), (12, 3, 0.96142578125)])
def test_coverage_is_that_of_the_tables(count: int, k: int, expected: float) -> None:
    assert shapes.coverage(count, k) == expected


@pytest.mark.parametrize(("count", "k"), [(1, 1), (2, 1), (5, 1), (6, 1), (8, 1), (9, 2), (11, 2), (12, 3), (20, 6)])
def test_the_narrowest_interval_that_is_sure_enough(count: int, k: int) -> None:
    assert shapes.rank(count) == k


def test_the_best_peer_is_the_one_of_the_row() -> None:
    time_rows, peak_rows = rows(shapes.ns_per_op), rows(shapes.peak_mib)
    assert [row.best.against for row in time_rows] == ["mimalloc", "system"]
    assert [row.best.against for row in peak_rows] == ["system", "mimalloc"]
    assert [row.cost for row in peak_rows] == [2, 4]


def test_ratios_are_formed_in_each_round() -> None:
    ratio = rows(shapes.ns_per_op)[0].reference
    assert ratio.rounds == [0.5, 0.55, 0.6, 0.5, 0.5, 0.65, 0.25]
    assert (ratio.median, ratio.low, ratio.high) == (0.5, 0.25, 0.65)


def test_the_mean_is_geometric_and_taken_round_by_round() -> None:
    mean = shapes.means(rows(shapes.ns_per_op))["best"]
    assert mean.rounds == pytest.approx([(ratio * 2) ** 0.5 for ratio in (0.5, 0.55, 0.6, 0.5, 0.5, 0.65, 0.25)])
    assert mean.median == pytest.approx(1)


def test_without_peers_there_are_no_ratios() -> None:
    alone = [one for one in recorded() if one.allocator == "hakmem"]
    row = shapes.row_of(alone, "t8", shapes.ns_per_op)
    assert (row.cost, row.best, row.reference) == (30, None, None)
    assert shapes.means([row]) == {"best": None, "reference": None}
    assert list(shapes.table([row], [row], 7, set()))[2].split() == ["t8", "30.0", "-", "-", "30.0", "-", "-"]


def test_the_table_as_it_is_shown() -> None:
    lines = list(shapes.table(rows(shapes.ns_per_op), rows(shapes.peak_mib), 7, set()))
    assert lines[0].endswith("medians of 7 rounds with their 98.4 % interval")
    assert lines[2] == ("small4k            10.0 0.50 0.25..0.65 mimalloc  0.50 0.25..0.65"
                        "    2.0 2.00 1.00..2.00 system    0.50 0.50..0.50")
    assert lines[4].split() == ["geometric", "mean", "1.00", "0.71..1.14", "0.87", "0.61..0.99",
                                "1.41", "1.00..1.41", "0.71", "0.71..0.71"]


def test_shapes_kept_back_have_a_mean_of_their_own() -> None:
    about = {"small4k": "blocks", "t8": "8 threads [kept back]"}
    assert shapes.kept_back_of(about) == {"t8"}
    times, peaks = rows(shapes.ns_per_op), rows(shapes.peak_mib)
    lines = list(shapes.table(times, peaks, 7, shapes.kept_back_of(about)))
    assert len(lines) == 6
    best = times[1].best
    assert lines[5].split()[:4] == ["kept", "back", f"{best.median:.2f}", f"{best.low:.2f}..{best.high:.2f}"]
    assert len(list(shapes.table(times, peaks, 7, {"small4k", "t8"}))) == 5  # all of them: the same mean again


def test_the_table_fits_its_width() -> None:
    wide = shapes.Ratio.of("some/where/liblongname.so", [12345.678 / 10, 99.96, 9.996])
    row = shapes.Row("calloc1m_full", 1234567.8, wide, wide)
    assert max(map(len, shapes.table([row], [row], 3, set()))) <= 120
    assert wide.text(True) == "100 10.0..1235 ngname.so"


def test_one_round_has_no_interval() -> None:
    once = [one for one in recorded() if one.round == 1]
    row = shapes.row_of(once, "small4k", shapes.ns_per_op)
    lines = list(shapes.table([row], [row], 1, set()))
    assert lines[0] == "one round: no interval; below 1 is less"
    assert ".." not in lines[2]


def test_a_long_round_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = iter(range(0, 10000, 25))
    monkeypatch.setattr(shapes.time, "monotonic", lambda: next(seconds))
    monkeypatch.setattr(shapes.sys.stderr, "isatty", lambda: False, raising=False)
    progress = shapes.Progress(1, 4)
    for _ in range(4):
        progress.step(1, "small4k", "system")
    said = capsys.readouterr().err.splitlines()
    assert [line.split(", ")[0] for line in said] == ["3 of 4 runs done", "round 1 of 1 done"]
    assert all(line.endswith(" left") for line in said)


def test_misaligned_blocks_are_named() -> None:
    assert list(shapes.remarks(recorded())) == []
    assert list(shapes.remarks(recorded(misaligned=3)))[0] == \
        "mimalloc: 21 of 7000 blocks in small4k are not aligned as asked for"


def test_a_round_is_every_pair_once_in_an_order_of_its_own() -> None:
    dice = shapes.random.Random(1)
    first, second = (list(shapes.order_of(["a", "b", "c"], ["x", "y", "z"], dice)) for _ in range(2))
    assert sorted(first) == sorted(second) == [(shape, name) for shape in "abc" for name in "xyz"]
    assert first != second
    assert list(shapes.order_of(["a", "b", "c"], ["x", "y", "z"], shapes.random.Random(1))) == first


# --- the script as it is called, on a build that says what it is told to ----------------------------------------------

HARNESS = """#!/bin/sh
printf '{"allocators": [{"label": "phase0", "found": true, "kind": "phase", "path": "none", "version": "zero"},
{"label": "system", "found": true, "kind": "system", "path": "none", "version": "libc"},
{"label": "rpmalloc", "found": false, "reason": "none"}]}'
"""
PROGRAM = """#!/bin/sh
if [ "$1" = --list ]; then printf 'one: the first\\ntwo: the second\\n'; exit; fi
sum=5; more=
for word; do
    case $word in
        --profile) more=', "plan_kib": 3, "peak_live_bytes": 1048576' ;;
        *bad.profile) echo "shapes: $word:2: no row; add one" >&2; exit 2 ;;
    esac
done
{extra}
record='{{"shape": "%s", "ops": 10, "cpu_ns": 500, "peak_rss_kib": 2048, "checksum": %s, "misaligned": 0%s}}'
printf "$record" "$3" "$sum" "$more"
"""


def build(folder: Path, extra: str = "", library: Path = LIBRARY) -> Path:
    (folder / "bin").mkdir()
    (folder / "lib").mkdir()
    for name, text in (("harness", HARNESS), ("shapes", PROGRAM.format(extra=extra))):
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    (folder / "lib/libhakmem.so").symlink_to(library)
    return folder / "bin/shapes"


def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-B", SCRIPT, *arguments], capture_output=True, text=True, timeout=LIMIT_S)


def test_samples_and_rows_are_written(tmp_path: Path) -> None:
    done = call("--program", build(tmp_path), "--rounds", "3", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith(("one ", "two "))] != []
    assert "\r" not in done.stderr and done.stderr.count(" done, ") == 3
    record = json.loads((tmp_path / "out/shapes.json").read_text())
    assert [one["name"] for one in record["allocators"]] == ["hakmem", "system"]
    assert record["shapes"] == {"one": "the first", "two": "the second"}
    assert record["rows"]["ns_per_op"][0]["best"]["median"] == 1
    with (tmp_path / "out/shapes.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == len(record["samples"]) == 3 * 2 * 2
    assert {key: str(value) for key, value in record["samples"][0].items()} == lines[0]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["shapes.csv", "shapes.json"]


def test_a_profile_is_a_row_and_its_text_is_in_the_record(tmp_path: Path) -> None:
    program = build(tmp_path)
    for name in ("first", "second"):
        (tmp_path / f"{name}.profile").write_text(name)
    files = [f"--profile={tmp_path}/{name}.profile" for name in ("first", "second")]
    done = call("--program", program, "--rounds", "2", "--out", tmp_path / "out", "--shape", "two", *files)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[2:5]] == ["two", "first", "second"]
    assert "first: 50.0 of hakmem's 50.0 ns/op are the replay's own; 1.0 MiB live at most" in done.stdout
    record = json.loads((tmp_path / "out/shapes.json").read_text())
    assert record["shapes"] == {"two": "the second", "first": "profile first.profile",
                                "second": "profile second.profile"}
    assert record["profiles"][1] == {
        "name": "second", "path": str(tmp_path / "second.profile"), "sha256": hashlib.sha256(b"second").hexdigest(),
        "text_bytes": 6, "loop_ns_per_op": 50.0, "plan_kib": 3, "peak_live_bytes": 1 << 20}
    assert [row["shape"] for row in record["rows"]["peak_mib"]] == ["two", "first", "second"]
    with (tmp_path / "out/shapes.csv").open() as stream:
        assert [one["shape"] for one in csv.DictReader(stream)].count("second") == 2 * 2


def test_profiles_alone_leave_the_shapes_out(tmp_path: Path) -> None:
    (tmp_path / "only.profile").write_text("")
    done = call("--program", build(tmp_path), "--rounds", "1", "--profile", tmp_path / "only.profile")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[2:4]] == ["only", "geometric"]


def test_a_profile_that_is_none_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "bad.profile").write_text("")
    done = call("--program", build(tmp_path), "--profile", tmp_path / "bad.profile")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"shapes: {tmp_path}/bad.profile:2: no row; add one\n"


def test_a_profile_that_changes_meanwhile_is_named(tmp_path: Path) -> None:
    file = tmp_path / "grows.profile"
    file.write_text("")
    done = call("--program", build(tmp_path, f"sum=$(cat '{file}' | wc -l); echo >>'{file}'"), "--rounds", "2",
                "--profile", file, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert f"{file} changed while it was measured; run it again" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["two", "again"])
def test_two_rows_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    files = [f"--profile={tmp_path}/again.profile", f"--profile={tmp_path}/{name}.txt"]
    (tmp_path / "again.profile").write_text("")
    done = call("--program", build(tmp_path), *files)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is a row '{name}' already; give the file another name" in done.stderr


@pytest.mark.parametrize(("extra", "words"), [
    ("echo 'shapes: no memory' >&2; exit 1", "exit status 1: shapes: no memory"),
    ("[ -z \"$LD_PRELOAD\" ] || sum=6", "one of them lost a block's content"),
    ("echo nonsense; exit 0", "Expecting value"),
])
def test_a_run_that_fails_is_named_and_nothing_written(tmp_path: Path, extra: str, words: str) -> None:
    done = call("--program", build(tmp_path, extra), "--rounds", "2", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert words in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_library_that_cannot_be_preloaded_is_a_failure(tmp_path: Path) -> None:
    done = call("--program", build(tmp_path, library=tmp_path / "nosuch.so"), "--rounds", "1")
    assert done.returncode == 1
    assert "under hakmem" in done.stderr and "cannot be preloaded" in done.stderr


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    program = build(tmp_path, f"touch '{tmp_path}/began'; sleep 50")
    command = [sys.executable, "-B", str(SCRIPT), "--program", str(program), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    limit = time.monotonic() + LIMIT_S
    while not (tmp_path / "began").exists() and time.monotonic() < limit:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    assert "interrupted; nothing was written" in process.communicate(timeout=LIMIT_S)[1]
    assert process.returncode == 130
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("arguments", "words"), [
    (["--rounds", "0"], "--rounds 0: 1 to 1000"),
    (["--rounds", "many"], "invalid int value: 'many'"),
    (["--scale", "0"], "--scale 0: more than 0"),
    (["--scale", "nan"], "--scale nan: more than 0"),
    (["--shape", "three"], "no shape 'three'; there are: one two"),
    (["--shape", ""], "no shape ''"),
    (["nosuch"], "no allocator 'nosuch'; there are: hakmem phase0 system"),
    (["./nosuch.so"], "no allocator './nosuch.so'"),
    (["--nosuch"], "unrecognized arguments: --nosuch"),
])
def test_bad_usage_is_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = call("--program", build(tmp_path), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_program_that_is_not_built_is_named(tmp_path: Path) -> None:
    done = call("--program", tmp_path / "shapes")
    assert done.returncode == 2 and "no such file; make builds it" in done.stderr


def test_help_says_what_the_exit_status_means() -> None:
    done = call("--help")
    assert done.returncode == 0
    assert "Exit status: 0 measured, 1 a run failed" in done.stdout and "130 interrupted" in done.stdout
