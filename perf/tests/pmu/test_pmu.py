"""The lab's counters on a machine that has a PMU: see machine.py.

The emulated PMU counts instructions and cycles and offers no event for branches and caches, so one machine shows both
honest states: measured, and unavailable with the kernel's reason. Two machines are booted, of one CPU and of two.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from machine import Command, Ended, run_machine

BIN = "/hakmem/build/bin"
TEST = "/hakmem/build/test"
ORDINARY_USER = 1000
PARTS = ["test/pmu_counts", "bin/lab-resolve", "bin/harness", "bin/bench_random_mixed_*", "bin/lab-program",
         "lib/libhakmem-phase*.so", "lib/liblab-witness.so",
         "lib/phases", "groups/*.txt"]
ONE_CPU = [
    Command("counts", f"{TEST}/pmu_counts"),
    Command("events", f"{BIN}/lab-resolve events basic"),
    Command("first", f"{BIN}/bench_random_mixed_system --group basic --ops 100000 --record -"),
    Command("second", f"{BIN}/bench_random_mixed_system --group basic --ops 200000 --record -"),
    Command("caches", f"{BIN}/bench_random_mixed_system --group cache --ops 50000 --record -"),
    Command("kernel", f"{BIN}/bench_random_mixed_system --group kernel --ops 50000 --record -"),
    Command("denied", f"{BIN}/bench_random_mixed_system --group basic --ops 50000 --record -", ORDINARY_USER),
    Command("doctor", f"{BIN}/harness doctor --json"),
    Command("run", f"{BIN}/harness run random_mixed hakmem --group basic --ops 100000"),
    Command("compare", f"{BIN}/harness compare system hakmem --quick --rounds 6 --ops 20000 --workload random_mixed "
                       "--require-pmu --group basic --out /tmp/run --no-report --json"),
    Command("program", f"{BIN}/harness compare system hakmem --rounds 1 --require-pmu --group basic --ignore-output "
                       f"--out /tmp/program --no-report --json -- {BIN}/bench_random_mixed_system --ops 100000"),
    Command("refused", f"{BIN}/harness compare system hakmem --quick --rounds 6 --ops 20000 --workload random_mixed "
                       "--require-pmu --out /tmp/refused --no-report", ORDINARY_USER),
]
TWO_CPUS = [
    Command("threads", f"{TEST}/pmu_counts test_threads_add_up"),
    Command("alone", f"{BIN}/bench_random_mixed_system --group basic --ops 200000 --record -"),
    Command("together", f"{BIN}/bench_random_mixed_system --group basic --ops 200000 --threads 4 --record -"),
]
Results = dict[str, Ended]
NO_EVENT = "No such file or directory"


@pytest.fixture(scope="session")
def one(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run_machine(tmp_path_factory.mktemp("one"), ONE_CPU, PARTS, cpus=1)


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run_machine(tmp_path_factory.mktemp("two"), TWO_CPUS, PARTS, cpus=2)


def record(results: Results, name: str) -> Any:
    """The JSON that a command printed, behind what it said on the way."""
    ended = results[name]
    assert ended.status == 0 and re.search(r"^[{[]", ended.output, re.MULTILINE), ended.output
    found = re.search(r"^[{[].*", ended.output, re.MULTILINE | re.DOTALL)
    return json.JSONDecoder().raw_decode(found.group(0) if found else "")[0]


def counters(results: Results, name: str) -> dict[str, dict[str, Any]]:
    return {counter["name"]: counter for counter in record(results, name)["counters"]}


def assert_measured(counter: dict[str, Any], least: float, most: float) -> None:
    assert counter["state"] == "measured" and counter["coverage"] == 1, counter
    assert least <= counter["value"] <= most, counter


def assert_unavailable(counter: dict[str, Any], reason: str) -> None:
    assert counter["state"] == "unavailable" and counter["value"] is None, counter
    assert reason in counter["reason"], counter


def test_every_command_ran(one: Results, two: Results) -> None:
    assert [c.name for c in ONE_CPU if c.name not in one] + [c.name for c in TWO_CPUS if c.name not in two] == []


def test_known_loops_count_what_they_contain(one: Results) -> None:
    assert one["counts"].status == 0, one["counts"].output
    passed = re.search(r"\[  PASSED  \] (\d+) test", one["counts"].output)
    assert passed and int(passed.group(1)) >= 8, one["counts"].output


def test_threads_add_up_on_two_cpus(two: Results) -> None:
    assert two["threads"].status == 0, two["threads"].output
    assert "[  PASSED  ] 1 test" in two["threads"].output


def test_events_are_encoded_for_the_kernel(one: Results) -> None:
    lines = one["events"].output.splitlines()
    assert [line.split()[0] for line in lines] == ["instructions", "cycles", "branches", "branch_misses"]


def test_workload_is_measured_or_says_why_not(one: Results) -> None:
    counted = counters(one, "first")
    assert_measured(counted["instructions"], 50 * 100_000, 400 * 100_000)
    assert_measured(counted["cycles"], counted["instructions"]["value"] * 0.9, counted["instructions"]["value"] * 2)
    for name in ("branches", "branch_misses"):
        assert_unavailable(counted[name], NO_EVENT)


def test_twice_the_work_is_twice_the_instructions(one: Results) -> None:
    first, second = (counters(one, name)["instructions"]["value"] for name in ("first", "second"))
    assert first * 1.9 < second < first * 2.1


def test_caches_of_the_emulated_processor_are_unavailable(one: Results) -> None:
    counted = counters(one, "caches")
    assert_measured(counted["instructions"], 50 * 50_000, 400 * 50_000)
    for name in ("l1d_misses", "llc_misses"):
        assert_unavailable(counted[name], NO_EVENT)


def test_kernel_counts_its_own_events(one: Results) -> None:
    sample = record(one, "kernel")
    counted = counters(one, "kernel")
    faults = sample["minor_faults"] + sample["major_faults"]
    assert_measured(counted["page_faults"], max(faults * 0.9, 1), faults * 1.1 + 5)
    assert counted["page_faults"]["reason"] is None
    assert counted["cpu_migrations"]["state"] == "measured"


def test_denied_counters_name_the_setting(one: Results) -> None:
    for counter in counters(one, "denied").values():
        assert_unavailable(counter, "perf_event_paranoid")


def test_doctor_finds_the_pmu(one: Results) -> None:
    checks = {check["name"]: check for check in record(one, "doctor")}
    assert "can be counted" in checks["hardware counters"]["finding"], checks


def test_harness_takes_counted_samples(one: Results) -> None:
    sample = record(one, "run")
    assert sample["state"] == "ok" and sample["allocator_label"].startswith("phase")
    counted = {counter["name"]: counter for counter in sample["counters"]}
    assert_measured(counted["instructions"], 30 * 100_000, 400 * 100_000)


def test_comparison_with_the_pmu_required(one: Results) -> None:
    run = record(one, "compare")
    assert run["state"] == "complete" and run["counters"]["state"] == "measured" and run["machine"]["pmu"] is True


def test_metrics_of_a_comparison(one: Results) -> None:
    rows = {(row["allocator"], row["metric"]): row for row in record(one, "compare")["counter_metrics"]}
    for allocator in ("system", "phase"):
        found = {metric: row for (name, metric), row in rows.items() if name.startswith(allocator)}
        assert found["ipc"]["state"] == "measured" and 0.5 < found["ipc"]["value"] < 1.1, found
        assert found["instructions_per_op"]["state"] == "measured" and found["instructions_per_op"]["value"] > 30, found
        assert found["branch_misses_per_op"]["value"] is None and NO_EVENT in found["branch_misses_per_op"]["reason"]


def test_a_whole_program_is_counted(one: Results) -> None:
    """By the program that starts it; the start of its process is in the count as well."""
    run, alone = record(one, "program"), counters(one, "first")["instructions"]["value"]
    assert run["counters"]["state"] == "measured"
    rows = {(row["allocator"], row["metric"]): row for row in run["counter_metrics"]}
    found = rows["system", "instructions_per_op"]
    assert found["state"] == "measured" and alone < found["value"] < 5 * alone + 50_000_000, found
    assert 0.5 < rows["system", "ipc"]["value"] < 1.1
    assert rows["system", "branch_misses_per_op"]["value"] is None
    assert NO_EVENT in rows["system", "branch_misses_per_op"]["reason"]


def test_comparison_without_the_pmu_that_it_requires_is_refused(one: Results) -> None:
    assert one["refused"].status not in (0, -1)
    assert "--require-pmu" in one["refused"].output and "perf_event_paranoid" in one["refused"].output


def test_threads_of_a_workload_are_all_counted(two: Results) -> None:
    alone, together = (counters(two, name)["instructions"]["value"] for name in ("alone", "together"))
    assert alone * 0.8 < together < alone * 1.5
