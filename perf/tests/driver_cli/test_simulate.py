"""The simulated lane: what it counts, that it counts the same every time, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conftest import BUILD, ROOT, Lab, lanes, load, table

COUNTERS = ["instructions", "l1_misses", "ll_misses", "branch_misses"]

needs_valgrind = pytest.mark.skipif(
    bool(os.environ.get("SANITIZER")) or shutil.which("valgrind") is None,
    reason="needs valgrind and programs without a sanitizer",
)


def harness(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HAKMEM_ROOT": str(ROOT), **variables}
    command = [str(BUILD / "bin" / "harness"), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def simulated(*words: str) -> dict[str, Any]:
    ended = harness("simulate", *words, "--json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@needs_valgrind
def test_two_runs_with_one_thread_agree_exactly() -> None:
    first = simulated("random_mixed", "hakmem", "--ops", "20000")
    assert [row["counter"] for row in first["simulated"]] == COUNTERS
    assert [row["disagreement"] for row in first["simulated"]] == [0, 0, 0, 0]
    assert simulated("random_mixed", "hakmem", "--ops", "20000") == first


@needs_valgrind
def test_the_region_alone_is_counted() -> None:
    """Starting the process takes several times the instructions of these few operations."""
    few = simulated("tiny_hot", "system", "--ops", "1000")["events"]["Ir"]
    more = simulated("tiny_hot", "system", "--ops", "2000")["events"]["Ir"]
    assert 1.7 < more / few < 2.0


@needs_valgrind
def test_more_work_is_more_instructions(tmp_path: Path) -> None:
    """An allocator whose malloc runs a loop of 100 rounds before it asks libc."""
    source = tmp_path / "looping.c"
    source.write_text(
        "#include <stddef.h>\n"
        "void *__libc_malloc(size_t size);\n"
        "void *malloc(size_t size) {\n"
        '    for (int i = 0; i < 100; i++) __asm__ volatile("");\n'
        "    return __libc_malloc(size);\n"
        "}\n"
        "void __libc_free(void *block);\n"
        "void free(void *block) { __libc_free(block); }\n"
    )
    library = tmp_path / "liblooping.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    plain, looping = (simulated("tiny_hot", name, "--ops", "9999")["simulated"][0] for name in ("system", str(library)))
    assert 100 <= looping["per_op"] - plain["per_op"] <= 200  # half of the calls are mallocs; 2 or 3 a round


@needs_valgrind
def test_a_comparison_has_the_lane_and_says_what_it_is(tmp_path: Path) -> None:
    words = ["--workload", "tiny_hot,remote_free", "--ops", "4000", "--rounds", "1", "--no-report", "--simulate"]
    ended = harness("compare", "phase1", "system", *words, "--out", str(tmp_path / "run"))
    assert ended.returncode == 0, ended.stderr
    run, _ = load(tmp_path / "run")
    pairs = [(row["workload"], row["allocator"], row["counter"]) for row in run["simulated"]]
    wanted = [(w, a, c) for w in ("tiny_hot", "remote_free") for a in ("phase1", "system") for c in COUNTERS]
    assert pairs == wanted
    assert all(row["per_op"] == pytest.approx(row["count"] / row["ops"]) for row in run["simulated"])
    assert all(row["simulator"].startswith("callgrind ") for row in run["simulated"])
    assert run["counters"]["state"] in ("simulated", "measured")
    lines = table(ended.stdout, "Simulated, not measured: per operation, by callgrind")
    firsts = [line.split()[0] for line in lines[3:]]
    assert firsts == ["tiny_hot", "phase1", "system", "remote_free", "phase1", "system"]
    assert not list((tmp_path / "run").glob("**/callgrind*"))
    kept = {(line["workload"], line["allocator_label"]): line for line in lanes(tmp_path / "run")}
    assert len(kept) == 4
    assert {line["lane"] for line in kept.values()} == {"simulated"}
    assert run["simulated"][0]["count"] == kept["tiny_hot", "phase1"]["events"]["Ir"]


@needs_valgrind
def test_without_valgrind_it_says_what_to_install(tmp_path: Path) -> None:
    ended = harness("simulate", "tiny_hot", "system", PATH=str(tmp_path))
    assert ended.returncode == 1
    assert "valgrind is not installed; run scripts/setup" in ended.stderr


def test_a_comparison_that_cannot_be_simulated_says_so_and_goes_on(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "phase0", "--simulate")
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    assert "simulated" not in run
    assert any(warning.startswith("nothing was simulated: ") for warning in run["warnings"])


@pytest.mark.parametrize(
    "words, message",
    [
        ([], "simulate needs a workload and an allocator"),
        (["alpha,beta", "system"], "simulate needs a workload and an allocator"),
        (["alpha", "nothing"], "unknown allocator 'nothing'"),
        (["alpha", "floor"], "floor cannot be simulated"),
    ],
)
def test_wrong_usage(lab: Lab, words: list[str], message: str) -> None:
    ended = lab.run("simulate", *words)
    assert ended.status == 2
    assert message in ended.err


@needs_valgrind
def test_a_simulation_has_the_limit_that_is_asked_for() -> None:
    ended = harness("simulate", "tiny_hot", "hakmem", "--timeout", "0.05")
    assert ended.returncode == 1
    assert "killed after 0.05 s" in ended.stderr
