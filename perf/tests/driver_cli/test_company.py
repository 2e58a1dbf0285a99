"""Two harnesses at once, and allocators of one name: said, so that nobody takes one for the other."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from conftest import Lab, load, wait_until

TOGETHER = "another harness measured on this machine at the same time"
SLOW = ("--workload", "alpha", "--ops", "1000", "--param", "mode=8", "--no-report", "--rounds", "12")


def test_two_at_once_both_say_so(lab: Lab) -> None:
    folders = [lab.new_folder(), lab.new_folder()]
    first = lab.start("compare", "phase1", "phase0", *SLOW, "--out", str(folders[0]))
    wait_until(lambda: (folders[0] / "run.json").exists())
    second = lab.run("compare", "phase1", "phase0", *SLOW, "--out", str(folders[1]))
    out, _ = first.communicate(timeout=60)
    assert "another harness measures on this machine right now" in second.err
    for text, folder in ((out, folders[0]), (second.out, folders[1])):
        assert f"warning: {TOGETHER}" in text
        assert any(warning.startswith(TOGETHER) for warning in load(folder)[0]["warnings"])


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="to be alone for sure needs root")
def test_alone_nobody_is_met(lab: Lab) -> None:
    """In a network of its own, where no other harness can be heard; the second one follows the first."""
    words = ["compare", "phase1", "phase0", "--workload", "alpha", "--ops", "1000", "--rounds", "2", "--no-report"]
    runs = " && ".join(f'"$@" --out "{lab.new_folder()}"' for _ in range(2))
    command = ["unshare", "-n", "sh", "-c", runs, "sh", str(lab.harness), *words]
    ended = subprocess.run(command, env=lab.environment(), capture_output=True, text=True, timeout=60, check=False)
    if "unshare:" in ended.stderr:
        pytest.skip("this machine does not let the test have a network of its own")
    assert ended.returncode == 0, ended.stderr
    assert "another harness" not in ended.stdout + ended.stderr


def test_allocators_of_one_name_are_told_by_their_paths(lab: Lab) -> None:
    paths = []
    for folder, speed in (("here", 120), ("there", 140)):
        (lab.lib / folder).mkdir(exist_ok=True)
        paths.append(lab.library(f"{folder}/libtwin.so", f"-DSPEED={speed}"))
    ended, _ = lab.compare("phase0", *paths, "--rounds", "7")
    assert ended.status == 0, ended.err
    assert f"\ntwin is {paths[0]}\ntwin-3 is {paths[1]}\n" in ended.out
    ended, _ = lab.compare("phase0", paths[0])
    assert "twin is" not in ended.out
