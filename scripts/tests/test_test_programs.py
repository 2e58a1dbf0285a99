"""Programs with hakmem preloaded: each run really runs, a difference is found, and no peak is made up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from script import load

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / os.environ.get("BUILD", "build") / "lib" / "libhakmem.so"
LIMIT_S = 60

programs = load(ROOT / "scripts" / "test-programs")


def script_of(folder: Path, body: str) -> Path:
    script = folder / "program.sh"
    script.write_text(f"#!/bin/sh\n# needs: sh\n{body}\n")
    script.chmod(0o755)
    return script


def test_a_compiler_compiles_in_each_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ccache under gcc's name answers the runs after the first from its store: no compiler under hakmem at all."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    cache = tmp_path / "gcc"
    cache.write_text(f"#!/bin/sh\n[ -n \"$CCACHE_DISABLE\" ] || [ ! -e {tmp_path}/store ] || exit 0\n"
                     f"echo compiled >>{tmp_path}/store\n")
    cache.chmod(0o755)
    assert programs.check(script_of(tmp_path, "gcc"), LIBRARY, None, LIMIT_S)
    assert (tmp_path / "store").read_text() == "compiled\n" * 2


def test_another_output_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert programs.check(script_of(tmp_path, 'echo "with ${LD_PRELOAD:-nothing}"'), LIBRARY, None, LIMIT_S) is False
    assert "expected 'with nothing', got 'with /" in capsys.readouterr().out


def test_a_library_that_cannot_be_loaded_is_a_difference(tmp_path: Path) -> None:
    assert programs.check(script_of(tmp_path, "echo same"), tmp_path / "missing.so", None, LIMIT_S) is False


def test_a_program_that_fails_by_itself_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert programs.check(script_of(tmp_path, "echo no network; exit 3"), LIBRARY, None, LIMIT_S) is None
    assert "left out: it fails without hakmem, status 3: no network" in capsys.readouterr().out


def test_a_peak_below_our_own_is_not_made_up(tmp_path: Path) -> None:
    """A child starts with the memory of who started it, and what it takes after exec is not seen below that."""
    small = programs.run(script_of(tmp_path, "exec true"), None, LIMIT_S)
    assert f"<{small.floor_kib / 1024:.1f} MiB" in small.text()
    large = programs.run(script_of(tmp_path, "exec python3 -c 'b\"x\" * (200 << 20)'"), None, LIMIT_S)
    assert "<" not in large.text() and large.peak_kib > 200 << 10
