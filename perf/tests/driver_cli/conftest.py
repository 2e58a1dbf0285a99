"""What the tests of the harness's command line share: a small lab of stubs around the real harness.

The harness finds programs and libraries relative to its own place, so a copy of it in a folder of stub workloads and
stub allocators is a whole lab, whose samples take a millisecond and whose results are known beforehand.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

HERE = Path(__file__).resolve().parent
ROOT = Path(os.environ.get("HAKMEM_ROOT", HERE.parents[2])).resolve()
BUILD = ROOT / os.environ.get("BUILD", "build")
SCHEMAS = ROOT / "perf" / "schema"
LIMIT_S = 120


@dataclass
class Ended:
    """How a harness ended."""

    status: int
    out: str
    err: str


def signals_as_in_a_terminal() -> None:
    for name in (signal.SIGHUP, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)


class Lab:
    """A folder with a harness, two stub workloads (alpha, beta) and stub allocators."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.lib = folder / "lib"
        self.harness = self.bin / "harness"
        self.runs = 0

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HAKMEM", "LD_", "MAKE"))}
        return {**kept, "HAKMEM_ROOT": str(self.folder), "LC_ALL": "C"}

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        """As a shell in a terminal would, whatever signals the tests themselves were started with (nohup, a job)."""
        more.setdefault("preexec_fn", signals_as_in_a_terminal)
        return subprocess.Popen(
            [str(self.harness), *words],
            env=self.environment(),
            stdout=more.pop("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
            cwd=self.folder,
            **more,
        )

    def run(self, *words: str, **more: Any) -> Ended:
        process = self.start(*words, **more)
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        finally:
            process.kill()
        return Ended(process.returncode, out or "", err)

    def compare(self, *words: str, **more: Any) -> tuple[Ended, Path]:
        """A comparison of six rounds on alpha, unless the words say otherwise; where its results are."""
        folder = self.new_folder()
        usual: list[str] = ["--out", str(folder), "--no-report"]
        for option, value in (("--rounds", "6"), ("--ops", "100000"), ("--workload", "alpha")):
            if option not in words:
                usual += [option, value]
        return self.run("compare", *words, *usual, **more), folder

    def new_folder(self) -> Path:
        self.runs += 1
        return self.folder / "out" / str(self.runs)

    def library(self, name: str, *flags: str, source: str = "stub_allocator.c") -> str:
        """Builds a shared object; the path of it."""
        path = self.lib / name
        defaults = [] if any("SPEED" in flag for flag in flags) else ["-DSPEED=100"]
        if not any("IDENTITY" in flag for flag in flags):
            defaults.append('-DIDENTITY="stub"')
        compile_stub(HERE / source, path, "-shared", "-fPIC", *defaults, *flags)
        return str(path)


def wait_until(happened: Callable[[], bool]) -> None:
    """Looks again and again for at most 30 s."""
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def table(out: str, title: str) -> list[str]:
    """The lines of a table on the terminal, from its title to its end; none may be wider than 80 columns."""
    lines = out[out.index(title):].split("\n\n")[0].split("\nresults in ")[0].splitlines()
    assert [line for line in lines if len(line) > 80] == []
    return lines


def compile_stub(source: Path, path: Path, *flags: str) -> None:
    """Always the plain compiler: stubs are no sanitizer's business, whatever the harness was built with."""
    command = ["cc", "-O1", "-fno-builtin", "-Wall", "-Werror", *flags, str(source), "-o", str(path), "-ldl"]
    subprocess.run(command, check=True)


def load(folder: Path) -> tuple[dict, list[dict]]:
    """run.json and the samples of a results folder, both held against their schemas."""
    run = json.loads((folder / "run.json").read_text())
    samples = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    jsonschema.Draft202012Validator(json.loads((SCHEMAS / "run.schema.json").read_text())).validate(run)
    checker = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "sample.schema.json").read_text()))
    for sample in [*samples, *lanes(folder)]:
        checker.validate(sample)
    return run, samples


def lanes(folder: Path) -> list[dict]:
    """The records of the lanes' processes; none without lanes."""
    file = folder / "lanes.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def comparison(run: dict, candidate: str, baseline: str, metric: str = "ops_per_sec") -> dict:
    found = [
        item
        for item in run["comparisons"]
        if (item["candidate"], item["baseline"], item["metric"]) == (candidate, baseline, metric)
    ]
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="session")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stub lab, built once."""
    folder = tmp_path_factory.mktemp("lab")
    lab = Lab(folder)
    lab.bin.mkdir()
    lab.lib.mkdir()
    shutil.copy(BUILD / "bin" / "harness", lab.harness)
    compile_stub(HERE / "stub_workload.c", lab.bin / "bench_alpha_system")
    shutil.copy(lab.bin / "bench_alpha_system", lab.bin / "bench_beta_system")
    linked = ("-DSPEED=400", '-DIDENTITY="stub floor"', str(HERE / "stub_allocator.c"))
    compile_stub(HERE / "stub_workload.c", lab.bin / "bench_alpha_floor", *linked)
    shutil.copy(lab.bin / "bench_alpha_floor", lab.bin / "bench_beta_floor")
    lab.library("libhakmem-phase0.so", "-DSPEED=100", '-DIDENTITY="hakmem 0 phase0"', "-O0")
    lab.library("libhakmem-phase1.so", "-DSPEED=200", '-DIDENTITY="hakmem 0 phase1 direct_cache"')
    lab.library("libslow.so", "-DSPEED=50", "-O2")
    lab.library("libcrash.so", "-DAT_CALL_1000=raise(SIGSEGV)")
    lab.library("libhang.so", "-DAT_CALL_1000=pause()")
    return folder


@pytest.fixture
def lab(stubs: Path) -> Lab:
    """The stub lab with a fresh place for results."""
    lab = Lab(stubs)
    shutil.rmtree(stubs / "out", ignore_errors=True)
    return lab
