"""--relink on the real lab: the rounds go around link orders whose code differs, and say which was which."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conftest import Lab, load
from test_real import harness

SHORT = ("--workload", "tiny_hot", "--ops", "20000", "--rounds", "6", "--no-report")


@pytest.mark.skipif(bool(os.environ.get("SANITIZER")), reason="preloading into a sanitizer's program measures nothing")
@pytest.mark.parametrize("linkage", ["preload", "static"])
def test_rounds_go_around_link_orders(tmp_path: Path, linkage: str) -> None:
    words = ["phase1", "phase0", *SHORT, "--relink", "--linkage", linkage, "--out", str(tmp_path / "run")]
    ended = harness("compare", *words)
    assert ended.returncode == 0, ended.stderr
    run, samples = load(tmp_path / "run")
    relink = run["plan"]["relink"]
    hashes = [item["sha256"] for item in relink["files"]]
    assert relink["orders"] == 3 and len(set(hashes)) == len(hashes) == (9 if linkage == "preload" else 6)
    for sample in samples:
        if sample["arm"] == "floor":
            assert "link_order" not in sample
            continue
        assert sample["link_order"] == sample["round"] % 3 + 1
        assert f"relink/{sample['link_order']}/" in sample["allocator"]["malloc_object"] or "#aa" in sample["arm"]
    assert not (tmp_path / "run" / ".scratch").exists()


def test_orders_that_change_nothing_are_refused(lab: Lab) -> None:
    """The stub lab has no make: its link orders are whatever lies there, and here that is the same code."""
    ended, _ = lab.compare("phase1", "phase0", "--relink=4")
    assert ended.status == 1 and "relink/1/bin/bench_alpha_system is not there" in ended.err
    for order in range(1, 4):
        build = lab.folder / "relink" / str(order)
        (build / "bin").mkdir(parents=True, exist_ok=True)
        (build / "lib").mkdir(exist_ok=True)
        for name in ("bin/bench_alpha_system", "lib/libhakmem-phase0.so", "lib/libhakmem-phase1.so"):
            (build / name).unlink(missing_ok=True)
            os.link(lab.folder / name, build / name)
    ended, folder = lab.compare("phase1", "phase0", "--relink")
    assert ended.status == 1 and "are the same code" in ended.err
    assert not folder.exists()


@pytest.mark.parametrize("words", [("--relink=2",), ("--relink=9",), ("--relink=x",)])
def test_what_cannot_be_is_refused(lab: Lab, words: tuple[str, ...]) -> None:
    ended = lab.run("compare", "phase1", "phase0", "--no-report", *words)
    assert ended.status == 2 and "--relink" in ended.err


def test_programs_of_others_have_no_link_orders() -> None:
    ended = harness("compare", "system", "phase0", "--relink", "--no-report", "--", "/bin/true")
    assert ended.returncode == 2 and "--relink is for the lab's own workloads" in ended.stderr
