"""The census: exact counts of an allocator whose every instruction is known, and the manners of the command."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from typing import Any

import pytest

from conftest import BUILD, HERE, Lab

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="census knows x86-64 only")

OPS = ["malloc", "free", "calloc", "realloc", "remote_free"]


@pytest.fixture(scope="module")
def census_lab(stubs: Any) -> Lab:
    """The stub lab with the program that is stepped and an allocator of known cost."""
    lab = Lab(stubs)
    shutil.copy(BUILD / "bin" / "lab-census-target", lab.bin)
    command = ["cc", "-shared", "-fPIC", str(HERE / "stub_counted.S"), "-o", str(lab.lib / "libcounted.so")]
    subprocess.run(command, check=True)
    return lab


def rows(lab: Lab, *words: str) -> dict[str, dict[str, Any]]:
    ended = lab.run("census", *words, "--json")
    assert ended.status == 0, ended.err
    return {row["op"]: row for row in json.loads(ended.out)["census"]}


def test_every_figure_of_a_known_allocator(census_lab: Lab) -> None:
    found = rows(census_lab, "./lib/libcounted.so")
    assert list(found) == OPS
    figures = ("instructions", "loads", "stores", "branches", "atomics", "lines")
    assert [found["malloc"][name] for name in figures] == [9, 3, 2, 1, 1, 3]
    assert [found["free"][name] for name in figures] == [1, 1, 0, 0, 0, 1]
    assert [found["realloc"][name] for name in figures] == [2, 1, 0, 0, 0, 1]
    assert [found["calloc"][name] for name in figures[:5]] == [8, 2, 9, 0, 0]
    assert found["remote_free"]["instructions"] == 1
    assert {row["calls"] for row in found.values()} == {row["calls_alike"] for row in found.values()} == {33}


def test_two_runs_agree_on_every_figure(census_lab: Lab) -> None:
    assert rows(census_lab, "system", "--size", "200") == rows(census_lab, "system", "--size", "200")


def test_long_calls_are_stepped_less_often(census_lab: Lab) -> None:
    """Clearing the block takes one step a byte or so."""
    found = rows(census_lab, "system", "--size", "30000")
    assert 1 <= found["calloc"]["calls"] < 33
    assert found["malloc"]["calls"] == 33


def test_the_listing_shows_the_instructions_by_function(census_lab: Lab) -> None:
    ended = census_lab.run("census", "./lib/libcounted.so", "system", "--listing")
    assert ended.status == 0, ended.err
    lines = [" ".join(line.split(" | ")[0].split()) for line in ended.out.splitlines()]
    start = lines.index("malloc, counted: 9 instructions")
    assert lines[start + 1] == "malloc:"
    assert lines[start + 2].startswith("lea rdx")
    assert lines[start + 3] == "L mov ecx, dword ptr [rdx]"
    assert lines[start + 7].startswith("LS A lock xadd")
    assert lines[start + 10] == "L ret"


@pytest.mark.parametrize(
    "words, message",
    [
        ([], "census needs an allocator"),
        (["floor"], "floor cannot be stepped"),
        (["system", "--size", "0"], "--size '0': must be a whole number"),
        (["nothing"], "unknown allocator 'nothing'"),
    ],
)
def test_wrong_usage(census_lab: Lab, words: list[str], message: str) -> None:
    ended = census_lab.run("census", *words)
    assert ended.status == 2
    assert ended.out == ""
    assert message in ended.err


def test_an_allocator_that_crashes_is_named(census_lab: Lab) -> None:
    ended = census_lab.run("census", "./lib/libcrash.so")
    assert ended.status == 1
    assert ended.out == ""
    assert "malloc of crash: the program that census steps was ended by signal 11" in ended.err
