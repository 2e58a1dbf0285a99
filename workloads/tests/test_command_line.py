"""The programs' command line: the record and what it proves, what people see, what is refused and how.

Not under a sanitizer: it is the same code there, and each process starts slowly.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from conftest import BUILD, FEW, ROOT, SANITIZER, WORKLOADS, phases, program, run, variants

pytestmark = pytest.mark.skipif(SANITIZER != "", reason="the command line is the same without a sanitizer")

USAGE, FAILED = 2, 1


def allowed_cpu() -> str:
    return str(min(os.sched_getaffinity(0)))


# --- the record ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("variant", variants())
def test_record_follows_the_schema(workload: str, variant: str, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    file = tmp_path / "record.json"
    done = run(program(workload, variant), *FEW, "--record", str(file))
    assert (done.status, done.out, done.err) == (0, "", "")
    record = json.loads(file.read_text())
    jsonschema.validate(record, json.loads((ROOT / "perf/schema/sample.schema.json").read_text()))
    assert os.listdir(tmp_path) == ["record.json"]
    assert record["workload"] == workload
    assert record["elapsed_ns"] > 0
    assert record["peak_rss_bytes"] >= record["rss_start_bytes"] > 0


@pytest.mark.parametrize("phase", phases())
def test_static_program_proves_its_phase(phase: str) -> None:
    allocator = run(program("random_mixed", phase), *FEW, "--record", "-").record["allocator"]
    assert allocator["linkage"] == "static"
    assert allocator["malloc_object"] == str(program("random_mixed", phase).resolve())
    assert re.match(rf"hakmem \S+ {phase}\b", allocator["identity"])


def test_system_program_proves_libc() -> None:
    allocator = run(program("random_mixed", "system"), *FEW, "--record", "-").record["allocator"]
    assert allocator["linkage"] == "system"
    assert Path(allocator["malloc_object"]).name.startswith("libc.so")
    assert allocator["identity"].startswith("glibc ")


@pytest.mark.parametrize("phase", phases())
def test_preloaded_library_proves_itself(phase: str) -> None:
    library = BUILD / "lib" / f"libhakmem-{phase}.so"
    allocator = run(program("tiny_hot", "system"), *FEW, "--record", "-", preload=library).record["allocator"]
    assert (allocator["linkage"], allocator["malloc_object"]) == ("preload", str(library.resolve()))
    assert re.match(rf"hakmem \S+ {phase}\b", allocator["identity"])
    assert f"{allocator['identity']}\0".encode() in library.read_bytes()  # all of what the library says


def test_missing_preload_shows_in_the_proof() -> None:
    record = run(program("tiny_hot", "system"), *FEW, "--record", "-", preload="/nowhere/libx.so").record
    assert record["allocator"]["linkage"] == "system"


# --- by hand ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workload", WORKLOADS)
def test_line_for_people(workload: str) -> None:
    done = run(program(workload, "hakx"), *FEW)
    assert done.status == 0
    assert re.fullmatch(r"\d+\.\d\d M ops/sec\n", done.out)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_describe_matches_the_record(workload: str) -> None:
    described = run(program(workload, "system"), "--describe").record
    assert described["name"] == workload
    assert described["summary"] and described["models"]
    params = {param["name"]: param for param in described["params"]}
    used = run(program(workload, "system"), *FEW, "--record", "-").record["params"]
    assert set(params) == set(used)
    for name, param in params.items():
        assert param["min"] <= param["default"] <= param["max"]
        assert param["meaning"]
        assert name == "ops" or used[name] == param["default"]
    assert described["threads_default"] == params["threads"]["default"]


def test_help_and_version() -> None:
    shown = run(program("random_mixed", "system"), "--help")
    assert shown.status == 0
    for option in ("--ops", "--min-size", "--verify", "--cpus", "--record", "--describe"):
        assert option in shown.out
    version = run(program("random_mixed", "system"), "--version")
    assert re.fullmatch(r"random_mixed \d+\.\d+\.\d+\n", version.out)


def test_pinning_is_applied_and_recorded() -> None:
    arguments = (*FEW, "--record", "-", "--cpus", allowed_cpu(), "--threads", "2")
    pin = run(program("random_mixed", "system"), *arguments).record["pin"]
    assert pin == {"cpus": [int(allowed_cpu())], "applied": True}
    assert run(program("random_mixed", "system"), *FEW, "--record", "-").record["pin"] == {"cpus": [], "applied": False}


def test_pin_policy_asks_lab_resolve() -> None:
    record = run(program("random_mixed", "system"), *FEW, "--record", "-", "--pin", "compact").record
    assert len(record["pin"]["cpus"]) == 1
    assert run(program("random_mixed", "system"), *FEW, "--record", "-", "--pin", "none").record["pin"]["cpus"] == []


def test_group_gives_a_state_for_each_event() -> None:
    record = run(program("random_mixed", "system"), *FEW, "--record", "-", "--group", "kernel").record
    names = [counter["name"] for counter in record["counters"]]
    assert names == ["page_faults", "major_faults", "context_switches", "cpu_migrations"]
    for counter in record["counters"]:
        assert (counter["value"] is None) == (counter["state"] == "unavailable")
    shown = run(program("random_mixed", "system"), *FEW, "--group", "basic")
    assert re.search(r"^instructions +(unavailable: |[\d.]+ per op)", shown.out, re.MULTILINE)


def test_events_file(tmp_path: Path) -> None:
    events = tmp_path / "events"
    lines = ["# comment", "page_faults 1 0x2 1", "strange 99999 0x0 1", "unknown - nobody knows"]
    events.write_text("\n".join(lines))
    counters = run(program("tiny_hot", "system"), *FEW, "--record", "-", "--events", str(events)).record["counters"]
    assert [counter["state"] for counter in counters] == ["measured", "unavailable", "unavailable"]
    assert counters[0]["reason"] == "from getrusage"
    assert counters[2]["reason"] == "nobody knows"


# --- bad input ----------------------------------------------------------------------------------------------------

BAD_USAGE = [
    (["--nonsense"], "--nonsense"),
    (["extra"], "extra"),
    (["--ops"], "--ops wants a value"),
    (["--ops", "0"], "--ops"),
    (["--ops", "-5"], "whole number"),
    (["--ops", "1e6"], "whole number"),
    (["--ops", "99999999999999999999999"], "whole number"),
    (["--slots", "99999999999"], "--slots"),
    (["--threads", "100000"], "--threads"),
    (["--min-size", "100", "--max-size", "99"], "--min-size 100"),
    (["--cpus", "one"], "'one'"),
    (["--cpus", "0", "--pin", "none"], "exclude each other"),
    (["--pin", "nearby"], "nearby"),
    (["--events", "/nowhere/events"], "/nowhere/events"),
    (["--events", "/dev/null", "--group", "basic"], "exclude each other"),
    (["--group", "nonesuch"], "nonesuch"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD_USAGE)
def test_wrong_usage(arguments: list[str], words: str) -> None:
    done = run(program("random_mixed", "system"), *FEW, *arguments)
    assert (done.status, done.out) == (USAGE, "")
    assert words in done.err
    assert done.err.splitlines()[-1].startswith("random_mixed: ")


@pytest.mark.parametrize(
    ("workload", "arguments", "words"),
    [
        ("remote_free", ["--threads", "3"], "even"),
        ("remote_free", ["--slots", "1000"], "power of two"),
        ("fragment_stress", ["--slots", "1000"], "power of two"),
    ],
)
def test_limits_of_one_workload(workload: str, arguments: list[str], words: str) -> None:
    done = run(program(workload, "system"), *FEW, *arguments)
    assert done.status == USAGE
    assert words in done.err


def test_more_pinned_threads_than_cpus_is_refused() -> None:
    done = run(program("random_mixed", "system"), *FEW, "--threads", "200", "--pin", "spread", HWLOC_SYNTHETIC="pu:2")
    assert done.status == USAGE
    assert "200 threads" in done.err


def test_pinning_to_a_missing_cpu() -> None:
    for threads in ("1", "2"):
        done = run(program("random_mixed", "system"), *FEW, "--cpus", "1023", "--threads", threads)
        assert done.status == FAILED
        assert "CPU 1023" in done.err


def test_record_that_cannot_be_written() -> None:
    done = run(program("random_mixed", "system"), *FEW, "--record", "/nowhere/record.json")
    assert done.status == FAILED
    assert "/nowhere/record.json" in done.err


def test_full_disk() -> None:
    ways: list[list[str]] = [["--record", "-"], ["--describe"], []]
    for arguments in ways:
        command = [str(program("random_mixed", "system")), *FEW, *arguments]
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == FAILED
        assert "No space left" in done.stderr
