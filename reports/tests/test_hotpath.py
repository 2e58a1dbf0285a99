"""Hot paths: what counts as a difference between two listings, and how it is shown."""

from __future__ import annotations

from pathlib import Path

from document import Document
from labreport import page
from labreport.folder import read_folder
from labreport.sections.hotpath import alike, difference
from synthetic import census_of, later_data, make_run, write_run


def test_registers_and_addresses_are_no_difference() -> None:
    one, other = census_of("phase1", "malloc")["steps"], census_of("mimalloc", "malloc")["steps"]
    assert one != other
    assert {sign for sign, _ in difference(one, other)} == {" "}


def test_another_instruction_is_one_gone_and_one_new() -> None:
    found = difference(census_of("phase0", "malloc")["steps"], census_of("phase1", "malloc")["steps"])
    assert [(sign, step["text"]) for sign, step in found if sign != " "] == [
        ("−", "jne 0x7ffff7fb6316"), ("+", "inc dword ptr [rax]")]


def test_phases_of_the_same_instructions_are_one_run() -> None:
    rows = [dict(census_of(like, "malloc"), allocator=arm)
            for arm, like in (("phase0", "phase0"), ("phase1", "phase1"), ("phase2", "phase1"), ("phase3", "phase0"))]
    phases = [str(row["allocator"]) for row in rows]
    assert alike(rows, "malloc", phases) == [["phase0"], ["phase1", "phase2"], ["phase3"]]
    assert alike([], "malloc", []) == []


def test_listings_stand_on_the_page_with_their_differences(tmp_path: Path) -> None:
    run, samples = make_run(rounds=3)
    later_data(run)
    html = page.render(read_folder(write_run(tmp_path / "run", run, samples)))
    document = Document(html)
    assert document.problems == []
    assert "phase1 against phase0: 4 instructions, 1 gone, 1 new" in document.text
    words = "A warm malloc and free execute 8 instructions in phase0 and 8 in phase1; others: 8 in mimalloc."
    assert words in document.text
    assert html.count("<ins>") == html.count("<del>") == 2  # malloc and free
    assert "0x7ffff7fb6316" not in html


def test_damaged_listings_are_left_out(tmp_path: Path) -> None:
    run, samples = make_run(rounds=3)
    run["census"] = [{"allocator": "phase0", "op": "malloc", "instructions": 4, "steps": [None, {"text": 7}, "x"]}, 5,
                     {"allocator": "phase1", "op": "free"}]
    document = Document(page.render(read_folder(write_run(tmp_path / "run", run, samples))))
    assert document.problems == []
    assert "Hot paths" in document.text
