"""The page: right numbers, nothing loaded, everything escaped, small, and readable by other than eyes."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic
from document import Document
from labreport import page
from labreport.folder import read_folder
from labreport.notice import notices_of
from labreport.scoreboard import score
from labreport.units import quantity, ratio
from synthetic import later_data, make_run, write_run

SIZE_LIMIT = 5 << 20
LAB_WORKLOAD_LIMIT = 400 << 10
HOSTILE = "<script>alert('x')</script>\"&$\\alpha$ %s {{7*7}} @@1@@ `rm`\x00\ud800\uffff"
SECTIONS = ["phases", "speed", "ratios", "memory", "pareto", "floor", "drift", "spread", "counters", "machine",
            "reproduce", "samples"]
LATER = ["roadmap", "ablation", "latency", "simulated", "stats", "slow-calls"]


def test_golden_page_has_every_section_and_no_later_one(golden_page: str) -> None:
    ids = [found.get("id") for found in Document(golden_page).all("section")]
    assert [name for name in ids if name in SECTIONS] == SECTIONS
    assert not set(ids) & set(LATER)


def test_later_data_brings_its_sections(full_page: str) -> None:
    ids = {found.get("id") for found in Document(full_page).all("section")}
    assert set(LATER) <= ids


def test_slow_calls_are_told_by_cause(full_page: str) -> None:
    text = Document(full_page).text
    assert "the commonest cause is page fault: it comes first in 3 of 3 rows" in text
    assert "page fault 70 %, unknown 30 %" in text


def test_first_screen_says_answer_interval_and_noise_floor(golden: Path, golden_page: str) -> None:
    run = json.loads((golden / "run.json").read_text())
    row = next(row for row in run["comparisons"] if row["workload"] == "random_mixed" and row["baseline"] == "phase0"
               and row["candidate"] == "phase1" and row["metric"] == "ops_per_sec")
    floor = next(row["floor"] for row in run["noise_floor"]
                 if (row["workload"], row["metric"]) == ("random_mixed", "ops_per_sec"))
    first = Document(golden_page[:golden_page.index('class="boards"')]).text
    assert f"phase1 runs random_mixed at {row['ratio']:.2f}× the speed of phase0." in first
    assert f"95 % interval {row['ci_low']:.2f} to {row['ci_high']:.2f}, 8 rounds" in first
    assert f"{floor * 100:.1f} %" in first
    for words in ("Not a measurement", "1 sample failed", "Quick run", "No hardware counters"):
        assert words in first


def test_every_number_of_run_json_is_on_the_page_as_it_is(golden: Path, golden_page: str) -> None:
    run = json.loads((golden / "run.json").read_text())
    shown = Counter(Document(golden_page).values())
    for row in run["comparisons"]:
        if row["ratio"] is not None:
            assert shown[row["ratio"]] and shown[row["ci_low"]], row
    for row in run["summary"]:
        assert shown[row["median"]] and shown[row["min"]] and shown[row["max"]], row


def test_cells_show_their_own_value(golden: Path, golden_page: str) -> None:
    """The text of a cell is its value, rounded by the one formatter of its kind."""
    run = json.loads((golden / "run.json").read_text())
    for row in run["comparisons"]:
        if row["ratio"] is not None:
            assert f'data-value="{row["ratio"]}">{ratio(row["ratio"])}</td>' in golden_page
    for row in run["summary"]:
        assert f'data-value="{page.plain(row["median"])}">{quantity(row["median"], row["metric"])}</td>' in golden_page


def test_verdicts_are_words(golden: Path, golden_page: str) -> None:
    run = json.loads((golden / "run.json").read_text())
    text = Document(golden_page).text
    for verdict in {row["verdict"] for row in run["comparisons"]}:
        assert verdict in text
    for row in run["comparisons"]:
        assert " ".join(row["words"].split()) in text


def test_a_clear_interval_that_is_unresolved_says_why(tmp_path: Path) -> None:
    run, samples = make_run(workloads=["random_mixed"])
    found = read_folder(write_run(tmp_path / "run", run, samples)).comparisons[0]
    assert score(found).note == score(replace(found, verdict="faster")).note
    assert score(replace(found, verdict="unresolved")).note.endswith("; within the noise floor")
    assert "noise" not in score(replace(found, verdict="unresolved", ci_low=0.9)).note


@pytest.mark.parametrize("name", ["golden_page", "full_page"])
def test_page_loads_nothing(name: str, request: pytest.FixtureRequest) -> None:
    html = request.getfixturevalue(name)
    document = Document(html)
    for address in document.addresses:
        assert address.startswith(("#", "data:application/gzip;base64,")), address
    assert not document.all("link") and not document.all("img") and not document.all("iframe")
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)|\bfetch\(|XMLHttp|import\(", without_data(html))


def without_data(html: str) -> str:
    """The page without the packed data and without what the run itself says of paths."""
    html = re.sub(r"base64,[A-Za-z0-9+/=]+", "", html)
    return re.sub(r"^ *//.*$", "", html, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["golden_page", "full_page"])
def test_page_is_well_formed_and_small(name: str, request: pytest.FixtureRequest) -> None:
    html = request.getfixturevalue(name)
    document = Document(html)
    assert document.problems == [] and document.open == []
    ids = [found["id"] for _, found in document.elements if "id" in found]
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    for address in document.addresses:
        assert not address.startswith("#") or address[1:] in ids, address
    assert len(html.encode()) < SIZE_LIMIT


def test_many_samples_stay_under_the_limit(tmp_path: Path) -> None:
    run, samples = make_run(rounds=8)
    many = [dict(sample, round=turn * 8 + sample["round"]) for turn in range(30) for sample in samples]
    html = page.render(read_folder(write_run(tmp_path / "run", run, many)))
    assert len(many) > 8000
    assert len(html.encode()) < SIZE_LIMIT
    assert f"of {len(many)} samples" in html


def test_fifteen_allocators_take_little_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a lab of all phases shows of samples, speed, memory and ratios; its lanes have the other half of 5 MiB."""
    arms = {f"phase{number}": 1 + number / 20 for number in range(13)} | {"mimalloc": 1.3, "system": 0.7}
    monkeypatch.setattr(synthetic, "ARMS", arms)
    run, samples = make_run(rounds=16, workloads=["random_mixed", "mid_large"], arms=arms)
    html = page.render(read_folder(write_run(tmp_path / "run", run, samples)))
    assert len(html.encode()) < 2 * LAB_WORKLOAD_LIMIT


def test_saved_files_hold_everything(golden: Path, golden_page: str) -> None:
    links = [found for found in Document(golden_page).all("a") if "download" in found]
    data = {found["download"]: gzip.decompress(base64.b64decode(found["href"].split(",", 1)[1])) for found in links}
    saved = [json.loads(line) for line in data["samples.jsonl.gz"].splitlines()]
    assert saved == [json.loads(line) for line in (golden / "samples.jsonl").read_text().splitlines()]
    assert json.loads(data["run.json.gz"]) == json.loads((golden / "run.json").read_text())


def hostile_run(tmp_path: Path) -> Path:
    """A run in which every name and text is an attack."""
    run, samples = make_run(rounds=6)
    text = json.dumps({"run": run, "samples": samples})
    for name in ("random_mixed", "mimalloc", "Synthetic Processor", "nothing real", "compact"):
        text = text.replace(name, json.dumps(HOSTILE + name)[1:-1])
    hostile = json.loads(text)
    hostile["run"]["failures"] = [{"workload": HOSTILE, "allocator": HOSTILE, "round": 1, "reason": HOSTILE}]
    hostile["run"]["warnings"] = [HOSTILE]
    hostile["run"]["command"] = ["harness", HOSTILE]
    return write_run(tmp_path / "run", hostile["run"], hostile["samples"])


def test_hostile_texts_are_only_text(tmp_path: Path) -> None:
    html = page.render(read_folder(hostile_run(tmp_path)))
    document = Document(html)
    assert document.problems == []
    assert len(document.all("script")) == 1
    assert not [name for _, found in document.elements for name in found if name.startswith("on")]
    assert "<script>alert('x')</script>" in document.text
    assert "{{7*7}}" in document.text
    assert not set("\x00\ud800\uffff") & set(html)


def test_structure_for_assistive_software(golden_page: str) -> None:
    document = Document(golden_page)
    for landmark in ("header", "nav", "main", "footer"):
        assert len(document.all(landmark)) == 1
    levels = [int(tag[1]) for tag, _ in document.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    drawings = document.all("svg")
    assert drawings and all(found["role"] == "img" and len(found["aria-label"]) > 20 for found in drawings)
    assert all(found.get("tabindex") == "0" for found in document.all("div") if "scroll" in found.get("class", ""))
    assert document.all("html")[0]["lang"] == "en"


def test_drawings_keep_text_and_follow_the_theme(golden_page: str) -> None:
    drawings = re.findall(r"<svg.*?</svg>", golden_page, flags=re.DOTALL)
    assert len(drawings) > 40
    for drawing in drawings:
        assert "<text" in drawing and "viewBox" in drawing
        assert not re.search(r"#f[ab]00", drawing)
        assert not re.search(r"(?:fill|stroke): #", drawing), "a colour that no theme can change"
    assert golden_page.count("--arm-0:") == 3  # light, dark and print


def test_one_colour_for_each_allocator(full_page: str) -> None:
    """The same variable in tables and figures, and no two allocators of a run with the same colour."""
    light = re.search(r":root \{.*?\}", full_page, flags=re.DOTALL)
    assert light is not None
    colours = re.findall(r"--arm-\d+: (#\w+);", light.group(0))
    assert len(colours) >= 7 and len(set(colours[:6])) == 6


def test_sample_states_are_counted(golden: Path, golden_page: str) -> None:
    samples = [json.loads(line) for line in (golden / "samples.jsonl").read_text().splitlines()]
    states = Counter(sample["state"] for sample in samples)
    warm = sum(sample["round"] == 0 and sample["state"] == "ok" for sample in samples)
    words = f"{states['ok'] - warm} samples count, {warm} warmed up"
    assert words in Document(golden_page).text


def test_partial_run_says_so(tmp_path: Path) -> None:
    run, samples = make_run(rounds=3)
    run["state"] = "partial"
    text = Document(page.render(read_folder(write_run(tmp_path / "run", run, samples)))).text
    assert "Partial run" in text
    assert "fewer than 6 allow no claim" in text


def test_warnings_of_one_kind_are_one_notice(tmp_path: Path) -> None:
    run, samples = make_run(rounds=6)
    run["warnings"] = [f"the time limit of 45 s ended {name} after {turn} rounds"
                       for turn, name in enumerate(("random_mixed", "tiny_hot", "mid_large"), start=3)]
    found = [notice.text for notice in notices_of(read_folder(write_run(tmp_path / "run", run, samples)))
             if notice.title == "Warning of the run"]
    assert found == ["The time limit of 45 s ended random_mixed after 3 rounds. The same, but for the numbers: "
                     "tiny_hot and mid_large."]


def test_many_discarded_samples_are_serious(tmp_path: Path) -> None:
    run, samples = make_run(rounds=6)
    run["discarded"] = {"count": len(samples) // 2, "rule": "the rule"}
    found = [notice for notice in notices_of(read_folder(write_run(tmp_path / "run", run, samples)))
             if "discarded" in notice.title]
    assert [notice.level for notice in found] == ["serious"]
    assert "50 % of all" in found[0].text


def test_an_arm_under_the_floor_shows_no_share(tmp_path: Path) -> None:
    run, samples = make_run(rounds=6, workloads=["random_mixed"])
    for row in run["summary"]:
        if row["allocator"] == "floor":
            row["median"] = 1e6
    text = Document(page.render(read_folder(write_run(tmp_path / "run", run, samples)))).text
    assert "On random_mixed phase3 is no slower than the floor, so its share cannot be told there." in text


def test_same_run_gives_the_same_page(golden: Path, golden_page: str) -> None:
    assert golden_page == page.render(read_folder(golden))


def test_measured_counters_are_drawn_with_their_state(tmp_path: Path) -> None:
    run, samples = make_run(rounds=6, workloads=["random_mixed"])
    samples = copy.deepcopy(samples)
    for sample in samples:
        sample["counters"] = [dict(sample["counters"][0], state="scaled", value=5000, coverage=0.9, reason=None)]
    run["counters"] = {"state": "measured", "reason": None}
    text = Document(page.render(read_folder(write_run(tmp_path / "run", run, samples)))).text
    assert "cache_misses per operation, scaled, n = 6" in text
    assert "0.0050" in text
    assert "No hardware counters" not in text


def test_events_of_the_kernel_are_no_hardware_counters(tmp_path: Path) -> None:
    run, samples = make_run(rounds=6, workloads=["random_mixed"])
    samples = copy.deepcopy(samples)
    for sample in samples:
        counter = sample["counters"][0]
        sample["counters"] += [dict(counter, name="cpu_migrations", state="measured", value=1, coverage=1)]
    document = Document(page.render(read_folder(write_run(tmp_path / "run", run, samples))))
    assert "No hardware counter was read in this run: no PMU on this machine." in document.text
    assert "Cpu migrations per operation" not in document.text
    assert "cpu_migrations" in document.text


def test_counter_metrics_stand_with_their_state(full_page: str) -> None:
    document = Document(full_page)
    text = document.text
    assert "Of 3 metrics of the counter groups: 1 measured, 1 scaled and 1 unavailable." in text
    assert "Counter metrics on random_mixed, medians; ~ counted a part of the time and scaled up" in text
    titles = {cell.get("title"): cell.get("data-value") for cell in document.all("td")}
    assert titles["scaled, 4 samples, counted 90 % of the time"] == "2.5"
    assert titles["measured, 4 samples"] == "1.5"
    assert "ipc basic ~2.50 ~2.50 ipc, explained" in text
    assert "llc_misses_per_op cache unavailable no such event here" in text


def test_metric_that_one_allocator_lacks_says_why(tmp_path: Path) -> None:
    run, samples = make_run(rounds=6, workloads=["random_mixed"])
    later_data(run)
    run["counter_metrics"][0].update(state="unavailable", value=None, coverage=None, reason="a broken counter")
    document = Document(page.render(read_folder(write_run(tmp_path / "run", run, samples))))
    assert [cell["title"] for cell in document.all("td") if "broken" in cell.get("title", "")] == ["a broken counter"]
    assert "ipc basic unavailable ~2.50 ipc, explained" in document.text


def test_no_gnuplot_is_said(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    text = Document(page.render(read_folder(golden))).text
    assert "gnuplot is not installed (Debian: gnuplot-nox)" in text
