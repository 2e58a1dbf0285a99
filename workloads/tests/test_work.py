"""The work itself: the same under every allocator, in every interleaving, and different for different parameters."""

from __future__ import annotations

import pytest
from conftest import FEW, WORKLOADS, program, run, variants


def checksum(workload: str, variant: str, *arguments: str) -> str:
    return run(program(workload, variant), *FEW, "--record", "-", *arguments).record["checksum"]


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_variant_does_the_same_work(workload: str) -> None:
    sums = {variant: checksum(workload, variant) for variant in variants()}
    assert len(set(sums.values())) == 1, sums


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("threads", ["1", "2", "4"])
def test_work_does_not_depend_on_interleaving(workload: str, threads: str) -> None:
    if workload == "remote_free" and threads == "1":
        pytest.skip("producers and consumers come in pairs")
    sums = {checksum(workload, "system", "--threads", threads) for _ in range(3)}
    assert len(sums) == 1


@pytest.mark.parametrize("workload", WORKLOADS)
def test_verify_finds_nothing_and_does_the_same_work(workload: str) -> None:
    plain = checksum(workload, "hakx")
    assert checksum(workload, "hakx", "--verify") == plain


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("option", [("--seed", "7"), ("--max-size", "40000"), ("--ops", "30000")])
def test_another_parameter_is_other_work(workload: str, option: tuple[str, str]) -> None:
    assert checksum(workload, "system", "--slots", "64", *option) != checksum(workload, "system", "--slots", "64")


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("ops", ["1", "2", "7", "999"])
def test_ops_are_counted(workload: str, ops: str) -> None:
    record = run(program(workload, "system"), "--ops", ops, "--record", "-").record
    pairs_only = workload in ("tiny_hot", "remote_free")
    assert record["params"]["ops"] == int(ops)
    assert record["ops"] == (int(ops) // 2 * 2 if pairs_only else int(ops))


@pytest.mark.parametrize("workload", WORKLOADS)
def test_smallest_and_odd_sizes(workload: str) -> None:
    for sizes in (("1", "1"), ("1", "2"), ("3", "4097"), ("4096", "4096"), ("5000", "100000")):
        arguments = ("--min-size", sizes[0], "--max-size", sizes[1], "--verify", "--slots", "16", "--ops", "3000")
        assert len({checksum(workload, variant, *arguments) for variant in variants()}) == 1
