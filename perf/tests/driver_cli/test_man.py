"""harness(1) says what the harness itself says."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from conftest import BUILD, ROOT

PAGE = ROOT / "man" / "harness.1"


def test_the_page_is_in_step_with_the_help() -> None:
    environment = {**os.environ, "HAKMEM_ROOT": str(ROOT)}
    made = subprocess.run([str(ROOT / "scripts" / "make-man"), str(BUILD / "bin" / "harness")], env=environment,
                          capture_output=True, text=True, timeout=60, check=False)
    assert made.returncode == 0, made.stderr
    assert PAGE.read_text() == made.stdout, "man/harness.1 is not what --help says: run `make man` and commit it"


def test_every_command_has_its_options() -> None:
    text = PAGE.read_text()
    for name in ("compare", "lab", "ablate", "report", "plot", "bundle", "doctor"):
        assert f"\n.SS {name}" in text
    assert text.count("\n.B \\-\\-help\n") == text.count("\n.SS ")


@pytest.mark.skipif(not shutil.which("groff"), reason="no groff to look at the page with")
def test_the_page_is_sound() -> None:
    looked = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", str(PAGE)], capture_output=True, text=True,
                            timeout=60, check=False)
    assert (looked.returncode, looked.stderr) == (0, "")
