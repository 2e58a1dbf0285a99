"""Whole programs under preloaded allocators: what is measured, what is checked, and what is refused."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import BUILD, ROOT, Ended, Lab, comparison, load, wait_until

ALLOCATORS = ("phase1", "phase0")


@pytest.fixture(scope="module", autouse=True)
def parts(stubs: Path) -> None:
    shutil.copy(BUILD / "bin" / "lab-program", stubs / "bin")
    shutil.copy(BUILD / "lib" / "liblab-witness.so", stubs / "lib")


def compare(lab: Lab, *program: str, options: tuple[str, ...] = ("--rounds", "6")) -> tuple[Ended, Path]:
    folder = lab.new_folder()
    words = ("compare", *ALLOCATORS, *options, "--no-report", "--out", str(folder), "--", *program)
    return lab.run(*words), folder


def shell(lab: Lab, script: str, options: tuple[str, ...] = ("--rounds", "2")) -> tuple[Ended, Path]:
    return compare(lab, "/bin/sh", "-c", script, options=options)


def build(lab: Lab, name: str, source: str, *flags: str) -> str:
    path = lab.folder / name
    (lab.folder / f"{name}.c").write_text(source)
    subprocess.run(["cc", "-O1", *flags, f"{path}.c", "-o", str(path)], check=True)
    return str(path)


def test_a_program_is_compared_like_a_workload(lab: Lab) -> None:
    ended, folder = compare(lab, "/bin/echo", "--quick", "hello")
    assert ended.status == 0, ended.err
    run, samples = load(folder)
    planned = run["plan"]["workloads"][0]
    assert planned["name"] == "echo"
    assert planned["program"]["argv"] == ["/bin/echo", "--quick", "hello"]
    assert planned["program"]["output_bytes"] == len("--quick hello\n")
    assert len(planned["sha256"]) == 64
    assert run["quick"] is False
    for metric in ("ops_per_sec", "peak_rss_bytes", "cpu_ns", "minor_faults"):
        assert comparison(run, "phase1", "phase0", metric)["rounds"] == 6
    assert {item["metric"] for item in run["noise_floor"]} == {
        "ops_per_sec", "peak_rss_bytes", "cpu_ns", "minor_faults"}
    assert all(sample["program"]["images"] == 1 for sample in samples)
    assert not (folder / ".scratch").exists()


def test_each_process_really_has_its_allocator(lab: Lab) -> None:
    _, folder = compare(lab, "/bin/echo")
    objects = {sample["arm"]: sample["allocator"]["malloc_object"] for sample in load(folder)[1]}
    assert objects["phase0"] == str(lab.lib / "libhakmem-phase0.so")
    assert objects["phase1"] == str(lab.lib / "libhakmem-phase1.so")
    assert objects["phase1#aa"].startswith(str(folder))


def test_a_program_whose_name_is_no_text_is_still_a_program(lab: Lab) -> None:
    path = lab.folder / "say\udcff"
    shutil.copy("/bin/true", path)
    _, folder = compare(lab, str(path), options=("--rounds", "1"))
    program = load(folder)[0]["plan"]["workloads"][0]["program"]
    assert program["path"].endswith("/say?") and program["argv"] == [program["path"]]


def test_a_program_that_takes_the_address_of_malloc_is_seen_through(lab: Lab) -> None:
    """Without PIE it has an entry of its own for malloc, which is where the linker says that malloc is."""
    source = "#include <stdlib.h>\nvoid *(*volatile taken)(size_t) = malloc;\nint main(void) { return !taken(8); }\n"
    ended, folder = compare(lab, build(lab, "fixed", source, "-no-pie", "-fno-pie"))
    assert ended.status == 0, ended.err
    assert load(folder)[1][0]["allocator"]["malloc_object"].endswith(".so")


def test_a_program_with_a_malloc_of_its_own_is_refused(lab: Lab) -> None:
    source = ("#include <stddef.h>\nstatic char arena[1 << 20];\nstatic size_t used;\n"
              "void *malloc(size_t n) { used += (n + 15) / 16 * 16; return arena + used - (n + 15) / 16 * 16; }\n"
              "void free(void *p) { (void)p; }\nint main(void) { return 0; }\n")
    ended, folder = compare(lab, build(lab, "own", source, "-rdynamic"))
    assert ended.status == 1
    assert "malloc came from" in ended.err and "/own instead of" in ended.err
    assert not folder.exists()


def test_a_static_program_is_refused(lab: Lab) -> None:
    ended, folder = compare(lab, build(lab, "static", "int main(void) { return 0; }\n", "-static"))
    assert ended.status == 1
    assert "nothing could be preloaded into it" in ended.err
    assert not folder.exists()


def test_other_output_is_a_failure_that_says_where(lab: Lab) -> None:
    script = 'echo alpha; case "$LD_PRELOAD" in *phase1*) echo gamma;; *) echo beta;; esac'
    ended, folder = shell(lab, script)
    assert ended.status == 1
    run, samples = load(folder)
    reasons = {failure["allocator"]: failure["reason"] for failure in run["failures"]}
    assert set(reasons) == {"phase1", "phase1#aa"}
    assert "line 2 has 'gamma' instead of 'beta'" in reasons["phase1"]
    assert comparison(run, "phase1", "phase0")["words"].startswith("no claim")
    assert {s["arm"] for s in samples if s["state"] == "failed"} == {"phase1", "phase1#aa"}
    ended, _ = shell(lab, script, ("--rounds", "2", "--ignore-output"))
    assert ended.status == 0, ended.err


@pytest.mark.parametrize("tail, words", [("echo more", "it goes on after byte 6, in line 2, with 'more'"),
                                         ("exit 3", "exit status 3 instead of exit status 0"),
                                         ("kill -ABRT $$", "signal 6 (Aborted) instead of exit status 0")])
def test_another_end_is_a_failure(lab: Lab, tail: str, words: str) -> None:
    ended, folder = shell(lab, f'echo alpha; case "$LD_PRELOAD" in *phase1*) {tail};; esac', ("--rounds", "1"))
    assert ended.status == 1
    assert words in load(folder)[0]["failures"][0]["reason"]


def test_an_exit_status_that_is_always_the_same_is_none(lab: Lab) -> None:
    ended, folder = shell(lab, "exit 3", ("--rounds", "2", "--expect-status", "3"))
    assert ended.status == 0, ended.err
    assert load(folder)[0]["plan"]["workloads"][0]["program"]["exit_status"] == 3


@pytest.mark.parametrize("script, words", [
    ("echo $$", "sh does not do the same twice: run again, its standard output is not what it is"),
    ("kill -SEGV $$", "is ended by signal 11 (Segmentation fault) even under the system's malloc"),
    ("echo no such file >&2; echo more >&2; exit 2",
     "sh ends with exit status 2 under the system's malloc, not 0: no such file; a program that fails is not measured"),
    ("sleep 9", "killed after 0.3 s, its limit (--timeout)")])
def test_what_cannot_be_a_reference_is_refused(lab: Lab, script: str, words: str) -> None:
    ended, folder = shell(lab, script, ("--timeout", "0.3"))
    assert ended.status == 1
    assert words in ended.err
    assert not folder.exists()


def test_the_whole_tree_counts(lab: Lab) -> None:
    source = ("#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
              "int main(void) { memset(malloc(20 << 20), 1, 20 << 20); usleep(100000); return 0; }\n")
    hog = build(lab, "hog", source, "-fno-builtin")
    _, folder = shell(lab, f"{hog} & {hog}; wait", ("--rounds", "1"))
    sample = load(folder)[1][0]
    assert sample["program"]["images"] == 3
    assert sample["peak_rss_bytes"] > 40 << 20
    assert sample["minor_faults"] > 2 * (20 << 20) // 4096


def test_another_malloc_in_the_tree_is_a_failure(lab: Lab) -> None:
    script = f'case "$LD_PRELOAD" in *phase1*) LD_PRELOAD=${{LD_PRELOAD%%:*}}:{lab.lib}/libslow.so /bin/true;; esac'
    ended, folder = shell(lab, script, ("--rounds", "1"))
    assert ended.status == 1
    reason = load(folder)[0]["failures"][0]["reason"]
    assert "true, which it started, had its malloc from" in reason and reason.endswith("libslow.so")


def processes_with(word: str) -> int:
    """How many living processes have that word among their arguments.  (A bare machine has no pgrep.)"""
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += word.encode() in path.read_bytes().split(b"\0")
        except OSError:
            pass  # it has ended meanwhile
    return found


def test_what_outlives_the_program_is_ended(lab: Lab) -> None:
    _, folder = shell(lab, "setsid sleep 97.31 & echo done", ("--rounds", "1"))
    assert load(folder)[1][0]["program"]["left_running"] == 1
    assert not processes_with("97.31")


def test_a_killed_harness_takes_the_program_with_it(lab: Lab) -> None:
    words = ("compare", *ALLOCATORS, "--rounds", "1", "--no-report", "--out", str(lab.new_folder()))
    process = lab.start(*words, "--", "/bin/sleep", "96.17")
    wait_until(lambda: processes_with("96.17") == 3)  # harness, lab-program, the program
    process.kill()
    process.communicate(timeout=60)
    wait_until(lambda: not processes_with("96.17"))


def test_the_environment_reaches_the_program_but_not_the_record(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SECRET", "swordfish")
    ended, folder = shell(lab, '[ "$SOME_SECRET" = swordfish ] && echo known', ("--rounds", "1"))
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    assert run["plan"]["workloads"][0]["program"]["exit_status"] == 0
    assert "swordfish" not in str(run["plan"]["environment"])


def test_a_file_is_its_standard_input(lab: Lab) -> None:
    given = lab.folder / "given"
    given.write_text("from a file\n")
    ended, folder = compare(lab, "/bin/cat", options=("--rounds", "2", "--input", str(given)))
    assert ended.status == 0, ended.err
    program = load(folder)[0]["plan"]["workloads"][0]["program"]
    assert program["output_bytes"] == len("from a file\n")
    assert program["input"] == str(given) and program["prepare"] is None


def test_each_run_is_prepared(lab: Lab) -> None:
    """rm fails where there is nothing to remove; without preparing, from the second run on."""
    victim, log = lab.folder / "victim", lab.folder / "prepared"
    log.unlink(missing_ok=True)
    prepare = f"touch '{victim}' && echo \"$LD_PRELOAD\" >>'{log}'"
    ended, folder = compare(lab, "/bin/rm", str(victim), options=("--rounds", "2", "--prepare", prepare))
    assert ended.status == 0, ended.err
    run, samples = load(folder)
    assert run["plan"]["workloads"][0]["program"]["prepare"] == prepare
    assert log.read_text() == "\n" * (2 + len(samples))  # the two reference runs, and no allocator in any


def test_a_run_that_cannot_be_prepared_has_failed(lab: Lab) -> None:
    ended, _ = compare(lab, "/bin/true", options=("--rounds", "2", "--prepare", "echo no room >&2; exit 3"))
    assert ended.status == 1
    assert "what prepares it (--prepare) failed: exit status 3: no room" in ended.err
    once = f"[ $(wc -c <'{lab.folder}/count') -lt 5 ] && echo >>'{lab.folder}/count'"
    (lab.folder / "count").write_text("")
    ended, folder = compare(lab, "/bin/true", options=("--rounds", "2", "--prepare", once))
    assert ended.status == 1
    run, samples = load(folder)
    assert run["failures"] and all("what prepares it" in item["reason"] for item in run["failures"])
    assert [sample["state"] for sample in samples][:3] == ["ok", "ok", "ok"]


def test_its_table_fits_80_columns(lab: Lab) -> None:
    ended, _ = compare(lab, "/bin/echo", "word " * 60)
    table = ended.out.split("\nwarning:")[0].split("\nresults in")[0]
    assert max(len(line) for line in table.splitlines()) <= 80
    assert "wall ms" in table and "CPU ms" in table and "page faults" in table


@pytest.mark.parametrize("words, message", [
    (("--",), "a program is needed behind '--'"),
    (("--", "no-such-program"), "there is no program 'no-such-program'"),
    (("--", "/etc/passwd"), "'/etc/passwd' is no program: it is not a file that may be executed"),
    (("--ops", "5", "--", "true"), "--ops is for the lab's own workloads"),
    (("--workload", "alpha", "--", "true"), "--workload is for the lab's own workloads"),
    (("--input", "/nowhere", "--", "true"), "--input /nowhere: No such file or directory"),
    (("--input", "/dev/null"), "--input is for a program behind '--'"),
    (("--prepare", "true"), "--prepare is for a program behind '--'"),
    (("--ignore-output",), "--ignore-output is for a program behind '--'")])
def test_wrong_usage(lab: Lab, words: tuple[str, ...], message: str) -> None:
    ended = lab.run("compare", *ALLOCATORS, *words)
    assert ended.status == 2
    assert message in ended.err


@pytest.fixture
def events(lab: Lab) -> Iterator[None]:
    """What encodes the real groups for this machine."""
    groups = lab.folder / "perf" / "groups"
    shutil.copytree(ROOT / "perf" / "groups", groups, dirs_exist_ok=True)
    shutil.copy(BUILD / "bin" / "lab-resolve", lab.bin)
    yield
    (lab.bin / "lab-resolve").unlink()
    shutil.rmtree(groups)


def counters(folder: Path, arm: str) -> dict[str, dict]:
    """Of the arm's first sample that has each, by name."""
    found: dict[str, dict] = {}
    for sample in load(folder)[1]:
        for counter in sample["counters"] if sample["arm"] == arm else []:
            found.setdefault(counter["name"], counter)
    return found


def test_counters_are_of_the_whole_tree(lab: Lab, events: None) -> None:
    """The memory is touched by the second process of the tree; what watches the tree is not counted."""
    touch = build(lab, "touch", "#include <stdlib.h>\nint main(void)\n{\n    volatile char *block = malloc(32 << 20);\n"
                  "    for (long i = 0; i < 32 << 20; i += 4096)\n        block[i] = 1;\n    return 0;\n}\n")
    for script, least, most in ((f"{touch}; {touch}", 16384, 30000), ("sleep 0.5", 1, 3000)):
        ended, folder = shell(lab, script, ("--rounds", "1", "--group", "kernel", "--thp", "never"))
        assert ended.status == 0, ended.err
        assert "  an operation (op) is one run of the program\n" in ended.out
        faults = counters(folder, "phase0")["page_faults"]
        assert faults["state"] == "measured" and least <= faults["value"] <= most


def test_hardware_counters_of_a_program_have_a_state(lab: Lab, events: None) -> None:
    ended, folder = shell(lab, "echo done", ("--rounds", "1", "--group", "basic"))
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    found = counters(folder, "phase0")
    assert set(found) == {"instructions", "cycles", "branches", "branch_misses"}
    assert all((counter["value"] is None) == (counter["state"] == "unavailable") for counter in found.values())
    assert all(counter["reason"] for counter in found.values() if counter["state"] == "unavailable")
    rows = {row["metric"]: row for row in run["counter_metrics"] if row["allocator"] == "phase0"}
    assert rows["ipc"]["state"] == found["instructions"]["state"]
    if found["instructions"]["state"] == "unavailable":
        assert "no hardware counters: " in ended.out and run["counters"]["state"] == "unavailable"
        ended, _ = shell(lab, "echo done", ("--rounds", "1", "--require-pmu"))
        assert ended.status == 1 and "--require-pmu: no hardware counters" in ended.err


def test_an_events_file_that_cannot_be_read_is_named(lab: Lab, tmp_path: Path) -> None:
    words = [str(lab.bin / "lab-program"), "--witness", str(lab.lib / "liblab-witness.so"), "--record",
             str(tmp_path / "record"), "--output", str(tmp_path / "output"), "--events", str(tmp_path / "none"),
             "--", "true"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "none" in ended.stderr and not (tmp_path / "record").exists()
