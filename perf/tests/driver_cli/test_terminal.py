"""What a terminal gets: 80 columns, bars where it shows them, colour unless NO_COLOR is set; a pipe gets plain text."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import pytest

from conftest import Lab

ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LIMIT_S = 60


def read_all(ours: int) -> str:
    """What comes from a terminal until its other end is closed."""
    text, deadline = b"", time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            chunk = os.read(ours, 1 << 16)
        except OSError:  # Linux says so when the other end is closed
            break
        if not chunk:
            break
        text += chunk
    os.close(ours)
    return text.decode()


def on_terminal(lab: Lab, *words: str, **environment: str) -> list[str]:
    """The lines that a command writes to standard output, which is a terminal; standard error is none."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([str(lab.harness), *words], env={**lab.environment(), **environment}, stdout=theirs,
                               stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=lab.folder)
    os.close(theirs)
    text = read_all(ours)
    assert process.wait(timeout=LIMIT_S) == 0
    return text.replace("\r\n", "\n").splitlines()


def words_of(lab: Lab) -> list[str]:
    return ["compare", "phase1", "phase0", "system", "--workload", "alpha", "--rounds", "7", "--ops", "100000",
            "--no-report", "--out", str(lab.new_folder())]


def table_of(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("  ") and "noise" not in line]


@pytest.mark.parametrize("colour", [True, False])
def test_bars_and_colour_on_a_terminal(lab: Lab, colour: bool) -> None:
    environment = {"LC_ALL": "C.UTF-8"} | ({} if colour else {"NO_COLOR": "1"})
    lines = on_terminal(lab, *words_of(lab), **environment)
    assert bool(ESCAPE.search("\n".join(lines))) is colour
    table = [ESCAPE.sub("", line) for line in table_of(lines)]
    assert all(len(line) <= 80 for line in table)
    rows = {line.split()[0]: line for line in table}
    full, half, floor = (rows[name] for name in ("phase1", "phase0", "floor"))
    assert full.count("█") == 4
    assert 1 <= half.count("█") < 4
    assert not re.search("[█-▏]", floor)


def test_no_bars_where_they_cannot_be_shown(lab: Lab) -> None:
    assert not re.search("[█-▏]", "\n".join(on_terminal(lab, *words_of(lab), LC_ALL="C")))


def test_a_pipe_gets_plain_text(lab: Lab) -> None:
    ended = lab.run(*words_of(lab))
    assert ended.out.isascii()
    assert "\x1b" not in ended.out
    assert all(len(line) <= 80 for line in table_of(ended.out.splitlines()))


@pytest.mark.parametrize("columns", [24, 40, 80])
def test_progress_fits_the_terminal(lab: Lab, columns: int) -> None:
    """It is one line, written over and over: what wrapped would stay on the screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
    process = subprocess.Popen([str(lab.harness), *words_of(lab)], env=lab.environment(), stdout=subprocess.DEVNULL,
                               stderr=theirs, stdin=subprocess.DEVNULL, cwd=lab.folder)
    os.close(theirs)
    shown = [ESCAPE.sub("", part) for part in re.split(r"[\r\n]", read_all(ours))]
    assert process.wait(timeout=LIMIT_S) == 0
    progress = [part for part in shown if part.startswith(("round", "calibrating"))]
    assert len(progress) >= 7 and all(len(part) < columns for part in progress)
    assert any(part.endswith("left") for part in progress) == (columns >= 40)
