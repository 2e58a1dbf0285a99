"""The self-test, on a lab of stubs whose truth is known: it must find what is injected, and betray a lab that lies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path

import jsonschema
import pytest

from conftest import HERE, ROOT, SCHEMAS, Ended, Lab, compile_stub

RUN = ("selftest", "phase1", "--workload", "alpha", "--ops", "100000", "--rounds", "6")


@pytest.fixture
def truth(lab: Lab) -> Lab:
    """A lab that can test itself, with no results yet."""
    make_slowed(lab)
    shutil.rmtree(lab.folder / "results", ignore_errors=True)
    return lab


def make_slowed(lab: Lab, *flags: str) -> None:
    sources = ("-shared", "-fPIC", f"-I{ROOT}", '-DIDENTITY="stub"', "-DSPEED=100", *flags)
    compile_stub(HERE / "stub_delay.c", lab.lib / "liblab-delay.so", *sources, str(HERE / "stub_allocator.c"))


def figures(ended: Ended) -> dict:
    whole = json.loads(ended.out)
    schema = json.loads((SCHEMAS / "selftest.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(whole)
    return whole


def folder_of(lab: Lab) -> Path:
    found = list((lab.folder / "results").iterdir())
    assert len(found) == 1
    return found[0]


def test_what_is_injected_is_found(truth: Lab) -> None:
    ended = truth.run(*RUN, "--trials", "20", "--json")
    assert ended.status == 0, ended.err
    whole = figures(ended)
    assert whole["state"] == "complete" and whole["passed"]
    assert whole["aa_trials"] == 20 and whole["false_claim_rate"] <= 0.2
    assert whole["detected"]["2"] >= 0.8 and whole["detected"]["5"] == 1
    assert whole["smallest_detectable_effect"] in (1, 2)
    for effect in (1, 2, 5):
        assert whole["measured_effect"][str(effect)] == pytest.approx(effect, abs=0.3)
    low, high = whole["detected_intervals"]["5"]
    assert 0.6 < low < high == 1
    assert whole["hyperfine"]["aa_trials"] == 20
    assert whole["resolve_2_percent"]["rounds"] == 6
    assert whole["cost"]["harness_bytes"] > 0
    folder = folder_of(truth)
    assert sorted(path.name for path in folder.iterdir()) == ["selftest.json", "trials.jsonl"]
    assert len((folder / "trials.jsonl").read_text().splitlines()) == 50


def test_a_biased_arm_turns_the_self_test_red(truth: Lab) -> None:
    """The same allocator, but its copy is 3 % slower: every claim about it is false, and the lab must say so."""
    biased = truth.library("libbiased.so", "-DBIAS=1.03", "-DSPEED=100", f"-I{ROOT}", str(HERE / "stub_delay.c"))
    ended = truth.run("selftest", biased, *RUN[2:], "--trials", "8", "--json")
    assert ended.status == 1
    assert "do not trust its verdicts on this machine" in ended.err
    whole = figures(ended)
    assert whole["false_claim_rate"] >= 0.8 and not whole["passed"]
    _, folder = truth.compare("phase1", "phase0")
    assert not json.loads((folder / "run.json").read_text())["selftest"]["passed"]


def test_a_slowdown_that_reads_as_a_gain_turns_it_red(truth: Lab) -> None:
    make_slowed(truth, "-DBIAS=(lab_delay.burn>8000?1:0.9)")
    ended = truth.run(*RUN, "--trials", "8", "--json")
    assert ended.status == 1
    whole = figures(ended)
    assert whole["detected"] == {"1": 0, "2": 0, "5": 0} and not whole["passed"]
    assert whole["smallest_detectable_effect"] is None


def test_a_failed_sample_is_told(truth: Lab) -> None:
    ended = truth.run("selftest", str(truth.lib / "libcrash.so"), *RUN[2:], "--trials", "1", "--json")
    assert ended.status == 1 and "samples of 1 trials failed" in ended.err
    whole = figures(ended)
    assert whole["failed_trials"] == 1 and whole["aa_trials"] == 0 and whole["false_claim_rate"] is None


def test_it_goes_on_where_it_was_cut_short(truth: Lab) -> None:
    process = truth.start(*RUN, "--trials", "30")
    lines = truth.folder / "results"
    while not list(lines.glob("*/trials.jsonl")) or not next(lines.glob("*/trials.jsonl")).stat().st_size:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130 and "run it again, and it goes on with" in complaint
    folder = folder_of(truth)
    before = (folder / "trials.jsonl").read_text()
    assert json.loads((folder / "selftest.json").read_text())["state"] == "partial"
    with (folder / "trials.jsonl").open("a") as torn:
        torn.write('{"trial": ')
    ended = truth.run(*RUN, "--trials", "30", "--time-limit", "0.3")
    assert ended.status == 0 and f"going on with {folder}" in ended.err
    assert "PARTIAL" in ended.out
    after = (folder / "trials.jsonl").read_text()
    assert after.startswith(before) and [json.loads(line)["trial"] for line in after.splitlines()] == list(
        range(after.count("\n"))
    )


def test_a_folder_of_another_self_test_is_refused(truth: Lab) -> None:
    folder = str(truth.new_folder())
    assert truth.run(*RUN, "--trials", "1", "--out", folder).status == 0
    ended = truth.run(*RUN, "--trials", "2", "--resume", folder)
    assert ended.status == 2 and "that self-test is complete" in ended.err
    ended = truth.run(*RUN, "--trials", "3", "--time-limit", "0.001", "--out", folder + "b")
    assert ended.status == 0, ended.err
    ended = truth.run(*RUN, "--trials", "4", "--resume", folder + "b")
    assert ended.status == 2 and "begun with other settings" in ended.err
    assert truth.run("selftest", "system").status == 2


def test_later_runs_say_what_can_be_seen(truth: Lab) -> None:
    ended, _ = truth.compare("phase1", "phase0")
    assert "smallest effect this machine can see: unknown until" in ended.out
    assert truth.run(*RUN, "--trials", "1").status == 0
    saved = folder_of(truth) / "selftest.json"
    saved.write_text(json.dumps({**json.loads(saved.read_text()), "smallest_detectable_effect": 2}))
    ended, folder = truth.compare("phase1", "phase0")
    assert "  smallest effect this machine can see: 2 % (self-test)" in ended.out
    doctor = {check["name"]: check for check in json.loads(truth.run("doctor", "--json").out)}
    assert doctor["self-test"]["good"] and "2 %" in doctor["self-test"]["finding"]
    run = json.loads((folder / "run.json").read_text())
    schema = json.loads((SCHEMAS / "run.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(run)
    assert run["selftest"]["smallest_detectable_effect"] == 2
    foreign = json.loads(saved.read_text())
    foreign["machine"]["cpu_model"] = "another"
    saved.write_text(json.dumps(foreign))
    _, folder = truth.compare("phase1", "phase0")
    assert json.loads((folder / "run.json").read_text())["selftest"] is None
    doctor = {check["name"]: check for check in json.loads(truth.run("doctor", "--json").out)}
    assert not doctor["self-test"]["good"]


def test_without_the_slowed_allocator_it_says_so(truth: Lab) -> None:
    os.unlink(truth.lib / "liblab-delay.so")
    ended = truth.run(*RUN)
    assert ended.status == 1 and "liblab-delay.so is not there: run make" in ended.err
