"""Ablation: the waterfall adds up, what was not timed is named, and an ablation's page asks an ablation's questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from document import Document
from labreport import page
from labreport.folder import read_folder
from labreport.sections.ablation import apart, label_of, steps_of
from labreport.units import arm_name
from synthetic import later_data, make_run, write_run


def test_each_step_begins_where_the_one_before_ends() -> None:
    run, _ = make_run(rounds=1)
    later_data(run)
    steps = steps_of(run["ablation"], "random_mixed")
    assert steps is not None
    assert [step.name for step in steps] == ["direct_cache", "dual_lists", "interaction", "whole"]
    assert [step.start for step in steps[1:-1]] == [step.end for step in steps[:-2]]
    assert steps[-2].end == steps[-1].end == pytest.approx(1.3)
    assert steps[-1].start == 1
    assert steps_of(run["ablation"], "tiny_hot") is None


def test_the_page_of_an_ablation(tmp_path: Path) -> None:
    run, samples = make_run(rounds=3)
    later_data(run)
    run["kind"] = "ablate"
    read = read_folder(write_run(tmp_path / "run", run, samples))
    document = Document(page.render(read))
    assert document.problems == []
    assert read.rivals == ["phase0"]
    assert "Not timed, because the machine code is the same with and without: packed_flags (left out)." in document.text
    assert "From phase 0 to the whole" in document.text
    assert "Phase by phase" not in document.text


def test_a_group_is_called_by_what_the_others_need() -> None:
    assert label_of("dual_lists+packed_flags+local_heads") == "dual_lists +2"
    assert label_of("branch_hints") == "branch_hints"


def test_ticks_leave_room_for_their_labels() -> None:
    assert apart([0.9, 1.0, 1.1, 1.25, 1.5, 2.0], 0.2) == [1.0, 1.25, 2.0]


def test_variants_are_called_by_what_sets_them_apart() -> None:
    assert arm_name("phase3-without-dual_lists-packed_flags") == "phase3 −dual_lists −packed_flags"
    assert arm_name("phase0-with-direct_cache") == "phase0 +direct_cache"
    assert arm_name("libfoo-with-bar") == "libfoo-with-bar"
    assert arm_name("mimalloc") == "mimalloc"
