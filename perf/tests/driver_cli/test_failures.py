"""Samples that crash, hang or lie, Ctrl-C, full disks: recorded, said, and never taken for a result."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import Lab, comparison, load, wait_until

MODES = {
    1: "ended by signal 6 (Aborted)",
    3: "left no readable record",
    4: "left no readable record",
    6: "exit status 1: corruption in slot 3",
    7: "not this allocator: malloc came from /usr/lib/",
}

# A workload that takes its time, so that there is a middle of the run.
SLOW = ("--workload", "alpha", "--ops", "1000", "--param", "mode=8", "--no-report")


def processes_of(lab: Lab) -> list[str]:
    """Programs of the stub lab that are still running."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            target = os.readlink(entry / "exe")
        except OSError:
            continue
        if target.startswith(str(lab.bin / "bench_")):
            found.append(target)
    return found


@pytest.mark.parametrize("mode", MODES)
def test_a_failing_workload_fails_the_run(lab: Lab, mode: int) -> None:
    ended, folder = lab.compare("phase1", "phase0", "--param", f"mode={mode}")
    assert ended.status == 1
    run, samples = load(folder)
    assert run["failures"] and all(MODES[mode] in item["reason"] for item in run["failures"])
    assert all(sample["state"] == "failed" for sample in samples)
    assert comparison(run, "phase1", "phase0")["verdict"] == "unresolved"
    assert run["summary"] == []
    assert "samples failed; see" in ended.err


def test_disturbed_samples_are_run_again_within_limits(lab: Lab) -> None:
    words = ["--param", "mode=9", "--ops", "10000000", "--rounds", "8"]
    ended, folder = lab.compare("phase1", "phase0", *words)
    assert ended.status == 0, ended.err
    run, samples = load(folder)
    gated = [sample for sample in samples if sample["state"] == "gated"]
    kept = [sample for sample in samples if sample["state"] == "ok" and sample["reason"]]
    assert len(gated) == run["discarded"]["count"] > 4
    assert len(gated) < 0.3 * len(samples)
    assert all("waited for a CPU" in sample["reason"] for sample in gated + kept)
    assert f"{len(kept)} samples were disturbed and kept" in ended.out
    first = [sample["state"] for sample in samples if (sample["round"], sample["arm"]) == (1, samples[4]["arm"])]
    assert first == ["gated", "gated", "ok"]
    assert comparison(run, "phase1", "phase0")["rounds"] == 8


def test_other_work_than_the_other_arms_is_refused(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "phase0", "--param", "mode=5")
    assert ended.status == 1
    run, samples = load(folder)
    assert samples[0]["state"] == "ok"
    assert all("checksum" in sample["reason"] for sample in samples[1:])


def test_without_its_control_a_run_claims_nothing(lab: Lab) -> None:
    """An allocator that works where it is and nowhere else: the A/A' copy of it fails, and nothing else does."""
    fussy = 'if(!strstr(getenv("LD_PRELOAD"),"/lib/lib"))abort()'
    lab.library("libfussy.so", "-DSPEED=300", f"-DAT_CALL_1000={fussy}")
    ended, folder = lab.compare("./lib/libfussy.so", "phase0")
    assert ended.status == 1
    run, _ = load(folder)
    assert {item["allocator"] for item in run["failures"]} == {"fussy#aa"}
    assert {row["floor"] for row in run["noise_floor"]} == {None}
    assert all(row["words"].startswith("no claim: the A/A' control failed") for row in run["comparisons"])
    assert "noise floor: unknown" in ended.out
    assert "the A/A' control fussy#aa failed 2 times on alpha" in ended.out
    assert "fussy against phase0: no claim on 1\n" in ended.out
    assert "(listed in run.json); the first: alpha under fussy#aa: " in ended.out


def test_a_crashing_allocator_leaves_the_others_alone(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "./lib/libcrash.so", "phase0", "--rounds", "7")
    assert ended.status == 1
    run, _ = load(folder)
    crashes = [item for item in run["failures"] if item["allocator"] == "crash"]
    assert len(crashes) == len(run["failures"]) == 2
    assert "ended by signal 11" in crashes[0]["reason"]
    assert "crash is left out of alpha from here on" in ended.err
    assert comparison(run, "phase1", "crash")["words"] == "no claim: 2 samples of crash failed"
    assert comparison(run, "phase1", "crash")["ratio"] is None
    assert comparison(run, "phase1", "phase0")["verdict"] == "faster"
    assert "not measured" in ended.out


def test_a_hanging_allocator_is_killed_at_its_limit(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "./lib/libhang.so", "--timeout", "0.3")
    assert ended.status == 1
    run, samples = load(folder)
    assert {item["reason"] for item in run["failures"]} == {"killed after 0.3 s, its limit (--timeout)"}
    assert {sample["signal"] for sample in samples if sample["state"] == "failed"} == {9}
    assert processes_of(lab) == []


def test_run_of_a_crashing_allocator(lab: Lab) -> None:
    ended = lab.run("run", "alpha", "./lib/libcrash.so")
    assert ended.status == 1
    assert "alpha under crash failed: ended by signal 11" in ended.err
    assert '"state": "failed"' in ended.out


def test_a_library_replaced_during_the_run(lab: Lab) -> None:
    path = Path(lab.library("libmoving.so", "-DSPEED=120", "-O2"))
    folder = lab.new_folder()
    process = lab.start("compare", str(path), "phase0", "--rounds", "20", *SLOW, "--out", str(folder))
    wait_for_samples(folder, 8)
    fresh = Path(lab.library("libfresh.so", "-DSPEED=121", "-O2"))
    fresh.rename(path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"{path} was replaced during the run" in err
    assert any("do not trust its rows" in warning for warning in load(folder)[0]["warnings"])


def wait_for_samples(folder: Path, count: int) -> None:
    for _ in range(600):
        path = folder / "samples.jsonl"
        if path.exists() and len(path.read_text().splitlines()) >= count:
            return
        time.sleep(0.05)
    pytest.fail(f"no {count} samples in {folder}")


def start_slow(lab: Lab) -> tuple[subprocess.Popen[str], Path]:
    folder = lab.new_folder()
    words = ["--rounds", "500", *SLOW, "--out", str(folder)]
    return lab.start("compare", "phase1", "phase0", *words, start_new_session=True), folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_was_measured(lab: Lab, number: signal.Signals) -> None:
    process, folder = start_slow(lab)
    wait_for_samples(folder, 14)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"interrupted; what was measured is in {folder}, marked partial" in err
    assert "PARTIAL" in out
    run, samples = load(folder)
    assert run["state"] == "partial"
    assert len(samples) >= 14
    assert run["summary"]
    assert not (folder / ".scratch").exists()
    assert processes_of(lab) == []


def test_a_lost_terminal_keeps_what_was_measured(lab: Lab) -> None:
    process, folder = start_slow(lab)
    wait_for_samples(folder, 14)
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted; what was measured is in" in err
    assert load(folder)[0]["state"] == "partial" and not (folder / ".scratch").exists()


def test_under_nohup_a_lost_terminal_is_nothing(lab: Lab) -> None:
    folder = lab.new_folder()
    words = ("compare", "phase1", "phase0", "--rounds", "8", *SLOW, "--out", str(folder))
    process = lab.start(*words, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    wait_for_samples(folder, 4)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode == 0 and load(folder)[0]["state"] == "complete"


def test_ctrl_c_again_raises_no_false_alarm(lab: Lab) -> None:
    """The second one comes while the harness looks whether the files are still the same."""
    process, folder = start_slow(lab)
    wait_for_samples(folder, 2)
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.004)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "was replaced" not in err
    assert not any("was replaced" in warning for warning in load(folder)[0]["warnings"])


def test_ctrl_c_with_json_still_prints_json(lab: Lab) -> None:
    folder = lab.new_folder()
    words = ["--workload", "alpha", "--param", "mode=2", "--no-report", "--out", str(folder), "--json"]
    process = lab.start("compare", "phase1", "phase0", *words)
    for _ in range(600):
        if processes_of(lab):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert '"state": "partial"' in out
    assert out.startswith("{") and out.endswith("}\n")


def test_run_json_is_there_before_the_end(lab: Lab) -> None:
    process, folder = start_slow(lab)
    wait_for_samples(folder, 14)
    process.kill()
    process.communicate(timeout=60)
    assert load(folder)[0]["state"] == "partial"


def test_a_killed_harness_leaves_no_process(lab: Lab) -> None:
    """SIGKILL gives it no chance to clean up; the workload would hang for ever."""
    words = ["--workload", "alpha", "--ops", "1000", "--param", "mode=2", "--no-report", "--out", str(lab.new_folder())]
    process = lab.start("compare", "phase1", "phase0", *words)
    wait_until(lambda: bool(processes_of(lab)))
    process.kill()
    process.communicate(timeout=60)
    wait_until(lambda: not processes_of(lab))


def limit_file_size() -> None:
    """What a write beyond it gets is EFBIG, as a full disk's is ENOSPC."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))


def test_a_file_that_cannot_grow(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "phase0", "--rounds", "30", preexec_fn=limit_file_size)
    assert ended.status == 1
    assert f"cannot write {folder}/" in ended.err
    assert "free some space, or choose another disk with --out" in ended.err


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="mounting a small disk needs root")
def test_a_full_disk(lab: Lab) -> None:
    disk = lab.folder / "disk"
    disk.mkdir(exist_ok=True)
    script = f'mount -t tmpfs -o size=128k none "{disk}" && exec "$@"'
    words = ["compare", "phase1", "phase0", "--workload", "alpha", "--ops", "1000", "--rounds", "200", "--no-report"]
    command = ["unshare", "-m", "sh", "-c", script, "sh", str(lab.harness), *words, "--out", str(disk / "run")]
    ended = subprocess.run(command, env=lab.environment(), capture_output=True, text=True, timeout=120, check=False)
    if "mount:" in ended.stderr or "unshare:" in ended.stderr:
        pytest.skip("this machine does not let the test mount a disk")
    assert ended.returncode == 1
    assert "No space left on device; free some space, or choose another disk with --out" in ended.stderr


def test_standard_output_that_cannot_be_written(lab: Lab) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = lab.run("list", stdout=full)
    assert ended.status == 1
    assert "cannot write all of it to standard output" in ended.err


def test_a_reader_that_has_enough_is_no_full_disk(lab: Lab) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as closed:
        ended = lab.run("list", stdout=closed)
    assert ended.status == 1
    assert ended.err.endswith("cannot write all of it to standard output; whoever read it has ended\n")


def test_a_missing_report_script(lab: Lab) -> None:
    folder = lab.new_folder()
    words = ["--workload", "alpha", "--ops", "1000", "--rounds", "1", "--out", str(folder)]
    ended = lab.run("compare", "phase1", "phase0", *words)
    assert ended.status == 1
    assert "no report: " in ended.err and "report.py is missing" in ended.err
    assert load(folder)[0]["state"] == "complete"
