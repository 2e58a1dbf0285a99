"""Counters through the harness: groups in turn, metrics with a state, and what is said where there are none.

The lab of stubs gets a lab-resolve that hands out invented events; the stub workload counts as they say.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Lab, load, table

GROUPS = {
    "basic": ("event instructions perf::INSTRUCTIONS\nevent cycles perf::CYCLES\nevent gone perf::BRANCHES\n"
              "metric instructions_per_op = instructions / ops : length\n"
              "metric ipc = instructions / cycles : speed\n"
              "metric gone_per_kilo = gone / instructions * 1000 : never\n"),
    "cache": "event misses perf::CACHE-MISSES\nmetric misses_per_op = misses / ops : misses\n",
}
Events = dict[str, list[str]]
EVENTS: Events = {"basic": ["instructions 0 150000 0", "cycles 1 75000 0", "gone 2 1 0"], "cache": ["misses 0 20 0"]}
NO_COUNTS: Events = {"basic": ["instructions 2 1 0", "cycles 2 1 0", "gone 2 1 0"], "cache": ["misses 2 1 0"]}


class CountingLab:
    """The lab of stubs with counter groups."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.groups = lab.folder / "perf" / "groups"
        self.resolve = lab.bin / "lab-resolve"

    def write(self, events: Events) -> None:
        self.groups.mkdir(parents=True, exist_ok=True)
        for name, text in GROUPS.items():
            (self.groups / f"{name}.txt").write_text(f"summary a group\n{text}")
        cases = "".join(f"{name})\n{chr(10).join('echo ' + line for line in lines)}\n;;\n"
                        for name, lines in events.items() if name in GROUPS)
        self.resolve.write_text(f'#!/bin/sh\n[ "$1" = events ] || exit 1\ncase $2 in\n{cases}'
                                '*) echo "lab-resolve: there is no group of events \'$2\'" >&2; exit 2 ;;\nesac\n')
        self.resolve.chmod(0o755)

    def remove(self) -> None:
        self.resolve.unlink()
        for path in self.groups.iterdir():
            path.unlink()


@pytest.fixture
def counting(lab: Lab) -> Iterator[CountingLab]:
    made = CountingLab(lab)
    made.write(EVENTS)
    yield made
    made.remove()


def metrics(folder: Path, allocator: str = "phase1") -> dict[str, dict[str, Any]]:
    run, _ = load(folder)
    return {row["metric"]: row for row in run["counter_metrics"] if row["allocator"] == allocator}


def compare(counting: CountingLab, *words: str) -> tuple[Any, Path]:
    return counting.lab.compare("hakmem", "phase0", "--linkage", "preload", *words)


def test_groups_take_turns(counting: CountingLab) -> None:
    ended, folder = compare(counting, "--group", "basic,cache")
    assert ended.status == 0, ended.err
    _, samples = load(folder)
    counted = {sample["round"]: {counter["name"] for counter in sample["counters"]} for sample in samples}
    assert {names == {"misses"} for number, names in counted.items() if number and number % 2 == 0} == {True}
    assert {names == {"misses"} for number, names in counted.items() if number % 2} == {False}
    assert [metrics(folder)[name]["samples"] for name in ("ipc", "misses_per_op")] == [3, 3]


def test_metrics_are_derived_with_their_state(counting: CountingLab) -> None:
    _, folder = compare(counting, "--group", "basic,cache")
    found = metrics(folder)
    assert found["instructions_per_op"]["state"] == "measured" and found["instructions_per_op"]["value"] == 150
    assert found["misses_per_op"]["value"] == pytest.approx(0.02)
    assert found["ipc"]["state"] == "scaled" and found["ipc"]["value"] == 2 and found["ipc"]["coverage"] == 0.9
    assert found["gone_per_kilo"]["state"] == "unavailable" and found["gone_per_kilo"]["value"] is None
    assert found["gone_per_kilo"]["reason"] == "gone: the stub has none"


def test_every_allocator_and_the_floor_have_them(counting: CountingLab) -> None:
    _, folder = compare(counting, "--group", "cache")
    run, _ = load(folder)
    assert [row["allocator"] for row in run["counter_metrics"]] == ["phase1", "phase0", "floor"]


def test_terminal_shows_values_marks_and_reasons(counting: CountingLab) -> None:
    ended, _ = compare(counting, "--group", "basic")
    lines = {line.split()[0]: line.split()[1:] for line in ended.out.splitlines() if line.strip()}
    assert lines["instructions_per_op"] == ["150.0"] * 3
    assert lines["ipc"] == ["~2.0000"] * 3
    assert "scaled up" in ended.out


def test_many_allocators_and_long_names_fit_80_columns(counting: CountingLab) -> None:
    long = counting.lab.library("libphase3-without-direct_cache.so", "-O2")
    ended, folder = counting.lab.compare("hakmem", "phase0", long, "--linkage", "preload", "--group", "basic")
    assert ended.status == 0, ended.err
    labels = [item["label"] for item in load(folder)[0]["plan"]["allocators"]]
    name = next(label for label in labels if len(label) > 11)
    place = f"[{labels.index(name) + 1}]"
    first, second = (table(text, "Counters, ") for text in ("Counters, " + rest
                     for rest in ended.out.split("Counters, ")[1:]))
    assert first[0].split()[2:] + second[0].split()[2:] == [place if label == name else label for label in labels]
    assert f"  {place} {name}" in first


def test_a_group_that_no_round_reached_is_unavailable(counting: CountingLab) -> None:
    _, folder = compare(counting, "--group", "basic,cache", "--rounds", "1")
    assert metrics(folder)["misses_per_op"]["reason"] == "no round counted this group"


def test_hardware_that_counts_nothing_is_said_and_can_be_refused(counting: CountingLab) -> None:
    counting.write(NO_COUNTS)
    ended, folder = compare(counting, "--group", "basic")
    run, _ = load(folder)
    assert ended.status == 0 and run["counters"]["state"] != "measured" and run["counters"]["reason"]
    ended, _ = compare(counting, "--group", "basic", "--require-pmu")
    assert ended.status == 1 and "--require-pmu" in ended.err


@pytest.mark.parametrize("words, complaint", [
    (("--group", "nonesuch"), "--group nonesuch: "),
    (("--group", "basic,nonesuch"), "--group nonesuch: "),
    (("--group", ","), "names no group"),
])
def test_unknown_groups_are_refused(counting: CountingLab, words: tuple[str, ...], complaint: str) -> None:
    ended, folder = compare(counting, *words)
    assert ended.status == 2 and complaint in ended.err
    assert not folder.exists()


def test_one_sample_counts_one_group(counting: CountingLab) -> None:
    ended = counting.lab.run("run", "alpha", "phase0", "--group", "basic,cache", "--ops", "1000")
    assert ended.status == 2 and "one group" in ended.err
    ended = counting.lab.run("run", "alpha", "phase0", "--group", "cache", "--ops", "1000")
    assert ended.status == 0 and '"misses"' in ended.out
