"""Where the programs under test are, and how to run one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(os.environ.get("HAKMEM_ROOT", Path(__file__).resolve().parents[2]))
BUILD = ROOT / os.environ.get("BUILD", "build")
SANITIZER = os.environ.get("SANITIZER", "")
WORKLOADS = ["random_mixed", "tiny_hot", "fragment_stress", "mid_large", "mid_large_mt", "remote_free", "thread_churn"]
LIMIT_S = 120  # a hang, not a slow machine
FEW = ("--ops", "3000" if SANITIZER else "20000")  # enough for every path, over in milliseconds


def phases() -> list[str]:
    """The phases that there are, oldest first."""
    files = (ROOT / "allocator" / "phases").glob("phase*.mk")
    return sorted((file.stem for file in files), key=lambda name: int(name.removeprefix("phase")))


def variants() -> list[str]:
    """Every build of a workload; under a sanitizer, where each is slow, the two ends, and there is no floor."""
    if SANITIZER:
        return ["phase0", "hakx", "system"]
    return [*phases(), "hakx", "system", "floor"]


def program(workload: str, variant: str) -> Path:
    return BUILD / "bin" / f"bench_{workload}_{variant}"


@dataclass(frozen=True)
class Run:
    """A finished process."""

    status: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        assert self.status == 0, self.err
        return json.loads(self.out)


def run(path: Path, *arguments: str, preload: Path | str | None = None, **environment: str) -> Run:
    """Runs a program to its end."""
    variables = {**os.environ, **environment}
    variables.pop("LD_PRELOAD", None)
    if preload is not None:
        variables["LD_PRELOAD"] = str(preload)
    command = [str(path), *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    return Run(done.returncode, done.stdout, done.stderr)


Builder = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def preloadable(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    """Builds a shared object from a name and C source; for allocators that are broken on purpose."""
    folder = tmp_path_factory.mktemp("preload")

    def build(name: str, source: str) -> Path:
        file, library = folder / f"{name}.c", folder / f"lib{name}.so"
        file.write_text(source)
        subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-fno-builtin", file, "-o", library, "-ldl"], check=True)
        return library

    return build
