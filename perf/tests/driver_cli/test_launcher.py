"""./harness at the root: builds what is stale, keeps standard output clean, and says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from conftest import ROOT


def launch(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    merged = {**os.environ, **environment}
    command = [str(ROOT / "harness"), *words]
    return subprocess.run(command, env=merged, cwd="/", capture_output=True, text=True, timeout=280, check=False)


def test_it_runs_from_any_folder() -> None:
    ended = launch("--version")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("hakmem harness ") and ended.stdout.count("\n") == 1


def test_its_exit_status_is_that_of_the_harness() -> None:
    ended = launch("compare", "hakmem", "nix")
    assert ended.returncode == 2
    assert "unknown allocator 'nix'" in ended.stderr


def test_a_missing_compiler_is_named() -> None:
    ended = launch("--version", CC="no-such-compiler", CFLAGS="")
    assert ended.returncode == 1
    assert "no-such-compiler is not installed; run scripts/setup" in ended.stderr


def test_missing_headers_are_named_by_package(tmp_path: Path) -> None:
    """A compiler that finds no libraries' headers stands for a machine without them."""
    compiler = tmp_path / "bare-cc"
    compiler.write_text('#!/bin/sh\necho "fatal error: jansson.h: No such file or directory" >&2\nexit 1\n')
    compiler.chmod(0o755)
    ended = launch("--version", CC=str(compiler), CFLAGS="")
    shutil.rmtree(ROOT / "build" / "flavour" / str(compiler).replace("/", "_"), ignore_errors=True)
    assert ended.returncode == 1
    assert "these packages are missing: libjansson-dev" in ended.stderr
    assert "run scripts/setup" in ended.stderr
    assert ended.stdout == ""
