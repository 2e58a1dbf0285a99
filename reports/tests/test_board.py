"""The board against the best peers, on the page and as Markdown."""

from __future__ import annotations

from pathlib import Path

from document import Document
from labreport import page
from labreport.folder import read_folder
from labreport.markdown import markdown
from labreport.run import Run
from synthetic import make_run, write_run

CASES = {"hakmem": (1.3, "faster"), "mimalloc": (1.0, "best"), "system": (None, "unresolved")}


def board_run(tmp_path: Path) -> Run:
    run, samples = make_run(rounds=2)
    rows = [{"workload": "tiny_hot", "metric": metric, "allocator": name, "best_peer": "mimalloc", "ratio": value,
             "ci_low": value, "ci_high": value, "rounds": 12, "verdict": verdict, "same_within": None,
             "words": "no claim: 1 sample of system failed" if value is None else "words"}
            for metric in ("ops_per_sec", "peak_rss_bytes") for name, (value, verdict) in CASES.items()]
    means = [{"allocator": name, "metric": metric, "ratio": value, "rows": 1 if value else 0, "of": 2}
             for metric in ("ops_per_sec", "peak_rss_bytes") for name, (value, _) in CASES.items()]
    run["board"] = {"rows": rows, "geometric_means": means}
    return read_folder(write_run(tmp_path / "run", run, samples))


def test_the_page_has_the_board(tmp_path: Path) -> None:
    document = Document(page.render(board_run(tmp_path)))
    assert document.problems == []
    assert "Against the best peer of each row" in document.text
    assert "geometric mean of hakmem over the best peer of each of 1 rows; faster on tiny_hot." in document.text


def test_markdown_has_the_board(tmp_path: Path) -> None:
    text = markdown(board_run(tmp_path))
    assert "| workload | hakmem | mimalloc | system |" in text
    assert "| tiny\\_hot | 1.30× ▲ | best peer | failed |" in text
    assert "| geometric mean | 1.30× (1 of 2 rows) | 1.000× (1 of 2 rows) | – |" in text
