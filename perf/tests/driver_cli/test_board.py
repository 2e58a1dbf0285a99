"""The board: every allocator against the best peer of each row."""

from __future__ import annotations

import pytest

from conftest import Lab, load

PEERS = ("./lib/libslow.so", "system")  # half as fast as the system's malloc, which is half as fast as phase1


def test_ratios_are_to_the_best_peer_of_the_row(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", *PEERS, "--board", "--workload", "alpha,beta", "--rounds", "7")
    assert ended.status == 0, ended.err
    board = load(folder)[0]["board"]
    rows = {(row["workload"], row["allocator"], row["metric"]): row for row in board["rows"]}
    assert len(rows) == 12
    for workload in ("alpha", "beta"):
        assert rows[workload, "phase1", "ops_per_sec"]["ratio"] == pytest.approx(2, rel=0.02)
        assert rows[workload, "phase1", "ops_per_sec"]["verdict"] == "faster"
        assert rows[workload, "slow", "ops_per_sec"]["verdict"] == "slower"
        assert rows[workload, "slow", "peak_rss_bytes"]["verdict"] == "larger"
        assert rows[workload, "system", "ops_per_sec"]["verdict"] == "best"
        assert {rows[workload, arm, "ops_per_sec"]["best_peer"] for arm in ("phase1", "slow")} == {"system"}
    means = {(mean["allocator"], mean["metric"]): mean for mean in board["geometric_means"]}
    assert means["phase1", "ops_per_sec"]["ratio"] == pytest.approx(2, rel=0.02)
    assert means["slow", "ops_per_sec"]["ratio"] == pytest.approx(0.5, rel=0.02)
    assert means["system", "ops_per_sec"]["ratio"] == 1


def test_the_board_is_what_is_printed(lab: Lab) -> None:
    ended, _ = lab.compare("phase1", *PEERS, "--board", "--rounds", "7")
    assert "What each feature brings" not in ended.out, "an ablation was not asked for"
    table = ended.out.split("\nwarning:")[0].split("\nresults in")[0]
    assert max(len(line) for line in table.splitlines()) <= 80
    lines = [line.split() for line in table.splitlines()]
    assert lines[2] == ["phase1", "slow", "system"]
    assert lines[3][0] == "alpha" and lines[3][3] == "best"
    assert lines[3][1].endswith("+") and lines[3][2].endswith("-")
    assert lines[4][:2] == ["geometric", "mean"]


def test_a_hakmem_phase_is_no_peer(lab: Lab) -> None:
    ended, folder = lab.compare("phase0", "phase1", "./lib/libslow.so", "--board", "--rounds", "7")
    assert ended.status == 0, ended.err
    rows = load(folder)[0]["board"]["rows"]
    assert {row["best_peer"] for row in rows} == {"slow"}
    refused = lab.compare("phase1", "phase0", "--board")[0]
    assert refused.status == 2
    assert "--board needs a peer" in refused.err


def test_all_leaves_older_phases_out(lab: Lab) -> None:
    _, folder = lab.compare("hakmem", "all", "--board", "--rounds", "1")
    labels = [item["label"] for item in load(folder)[0]["plan"]["allocators"]]
    assert labels[0] == "phase1" and "phase0" not in labels and "system" in labels


def test_what_failed_is_no_best_peer_and_not_in_the_mean(lab: Lab) -> None:
    lab.library("libonlyonce.so", "-DAT_CALL_1000=raise(SIGSEGV)", "-DSPEED=900")
    ended, folder = lab.compare("phase1", "./lib/libonlyonce.so", "system", "--board", "--rounds", "7")
    assert ended.status == 1
    board = load(folder)[0]["board"]
    row = next(row for row in board["rows"] if row["allocator"] == "onlyonce")
    assert row["ratio"] is None and "failed" in row["words"] and row["best_peer"] == "system"
    mean = next(mean for mean in board["geometric_means"] if mean["allocator"] == "onlyonce")
    assert (mean["ratio"], mean["rows"], mean["of"]) == (None, 0, 1)
    assert "failed" in ended.out


def test_more_allocators_than_fit_go_on_below(lab: Lab) -> None:
    names = []
    for number in range(8):
        name = f"libpeer{number}.so"
        lab.library(name, f"-DSPEED={60 + number}", f"-DAT_CALL_1000=used+={16 * number + 16}")
        names.append(f"./lib/{name}")
    ended, _ = lab.compare("phase1", *names, "--board", "--rounds", "1")
    assert ended.status == 0, ended.err
    assert max(len(line) for line in ended.out.split("\nwarning:")[0].splitlines()) <= 80
    assert "peer0" in ended.out and "peer7" in ended.out
