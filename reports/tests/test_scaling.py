"""Scaling: what is drawn and said of several numbers of threads."""

from __future__ import annotations

from pathlib import Path

from document import Document
from labreport import page
from labreport.folder import read_folder
from synthetic import make_run, write_run


def scaling_page(tmp_path: Path, *missing: str) -> str:
    run, samples = make_run(rounds=2)
    run["scaling"] = {"allowed_cpus": 2, "rows": [
        {"workload": "mid_large_mt", "entry": f"mid_large_mt_t{threads}", "allocator": arm, "threads": threads,
         "oversubscribed": threads > 2, "ops_per_sec": None if arm in missing else 1e7 * threads * speed,
         "ci_low": None, "ci_high": None, "peak_rss_bytes": 3e6, "speedup": None if arm in missing else float(threads)}
        for arm, speed in (("phase3", 1.2), ("mimalloc", 1.0), ("floor", 9.0)) for threads in (1, 2, 4)]}
    return page.render(read_folder(write_run(tmp_path / "run", run, samples)))


def test_the_gain_is_that_of_threads_with_a_cpu_each(tmp_path: Path) -> None:
    document = Document(scaling_page(tmp_path))
    words = "Throughput of phase3 over that with the fewest threads: 2.00× on mid_large_mt with 2 threads."
    assert document.problems == []
    assert words in document.text
    assert "oversubscribed" in document.text


def test_an_arm_without_figures_is_left_out_of_the_drawing(tmp_path: Path) -> None:
    text = scaling_page(tmp_path, "mimalloc")
    assert Document(text).problems == []
    assert "phase3 12 with 1, 24 with 2, 48 with 4" in text.replace(".00", "")
    assert "mimalloc 10" not in text
    assert "floor 90" not in text
