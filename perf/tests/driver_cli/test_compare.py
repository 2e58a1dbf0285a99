"""What a comparison writes and says when all goes well."""

from __future__ import annotations

import json
import os

from conftest import Lab, comparison, load


def test_hakmem_is_the_newest_phase_that_make_knows(lab: Lab) -> None:
    leftover = lab.library("libhakmem-phase2.so", "-DSPEED=50")
    listed = lab.lib / "phases"
    try:
        listed.write_text("0 1\n")
        _, folder = lab.compare("hakmem", "system")
        assert load(folder)[0]["plan"]["allocators"][0]["label"] == "phase1"
        assert "there is no phase2; the phases are phase0, phase1" in lab.compare("phase2", "system")[0].err
        listed.unlink()
        _, folder = lab.compare("hakmem", "system")
        assert load(folder)[0]["plan"]["allocators"][0]["label"] == "phase2"
    finally:
        listed.unlink(missing_ok=True)
        os.unlink(leftover)


def test_a_run_that_requires_counters_fails_without(lab: Lab) -> None:
    """A lab of stubs has no lab-resolve, and so no counters on any machine."""
    ended, folder = lab.compare("phase0", "phase1", "--require-pmu")
    assert ended.status == 1
    assert ended.err.startswith("harness: --require-pmu: no hardware counters: ")
    assert not folder.exists()


def test_verdicts_point_the_right_way(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "phase0")
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    speed = comparison(run, "phase1", "phase0")
    assert speed["verdict"] == "faster"
    assert 1.9 < speed["ci_low"] <= speed["ratio"] <= speed["ci_high"] < 2.1
    assert speed["rounds"] == 6
    memory = comparison(run, "phase1", "phase0", "peak_rss_bytes")
    assert memory["verdict"] == "smaller"
    assert run["plan"]["baseline"] == "phase0"
    assert run["state"] == "complete"


def test_the_first_is_compared_with_every_other(lab: Lab) -> None:
    ended, folder = lab.compare("./lib/libslow.so", "phase1", "phase0", "--rounds", "7")
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    pairs = {(item["candidate"], item["baseline"]) for item in run["comparisons"]}
    assert pairs == {("slow", "phase1"), ("slow", "phase0")}
    assert comparison(run, "slow", "phase0")["verdict"] == "slower"
    assert "4.0" in comparison(run, "slow", "phase1")["words"]


def test_a_given_baseline_is_compared_with_every_other(lab: Lab) -> None:
    ended, folder = lab.compare("./lib/libslow.so", "phase1", "--baseline", "phase0", "--rounds", "7")
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    pairs = {(item["candidate"], item["baseline"]) for item in run["comparisons"]}
    assert pairs == {("slow", "phase0"), ("phase1", "phase0")}


def test_every_block_holds_every_arm_once_in_varying_order(lab: Lab) -> None:
    _, folder = lab.compare("phase1", "phase0", "--rounds", "8", "--workload", "alpha,beta")
    _, samples = load(folder)
    orders = []
    for workload in ("alpha", "beta"):
        for number in range(9):
            block = [s for s in samples if (s["workload"], s["round"]) == (workload, number) and s["state"] == "ok"]
            arms = [sample["arm"] for sample in sorted(block, key=lambda sample: sample["order"])]
            assert sorted(arms) == ["floor", "phase0", "phase1", "phase1#aa"]
            orders.append(tuple(arms))
    assert len(set(orders)) > 4
    assert sorted(sample["order"] for sample in samples) == list(range(len(samples)))


def test_the_repeated_arm_is_the_same_file_by_another_path(lab: Lab) -> None:
    _, folder = lab.compare("phase1", "phase0")
    run, samples = load(folder)
    objects = {sample["arm"]: sample["allocator"]["malloc_object"] for sample in samples}
    assert objects["phase1"] == str(lab.lib / "libhakmem-phase1.so")
    assert objects["phase1#aa"].startswith(str(folder))
    assert run["plan"]["aa_arm"] == "phase1#aa"
    assert {item["metric"] for item in run["noise_floor"]} == {"ops_per_sec", "peak_rss_bytes"}
    assert all(0 <= item["floor"] < 0.1 for item in run["noise_floor"])
    assert not (folder / ".scratch").exists()


def test_system_is_the_same_program_with_nothing_preloaded(lab: Lab) -> None:
    ended, folder = lab.compare("system", "phase0")
    assert ended.status == 0, ended.err
    run, samples = load(folder)
    assert {s["allocator"]["linkage"] for s in samples if s["arm"] in ("system", "system#aa")} == {"system"}
    assert "libc.so" in next(item["path"] for item in run["plan"]["allocators"] if item["label"] == "system")


def test_the_floor_is_measured_but_never_compared(lab: Lab) -> None:
    _, folder = lab.compare("phase1", "phase0")
    run, _ = load(folder)
    assert "floor" in {item["allocator"] for item in run["summary"]}
    assert "floor" not in {item["candidate"] for item in run["comparisons"]}
    assert "floor" not in {item["baseline"] for item in run["comparisons"]}


def test_too_few_rounds_make_no_claim(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "phase0", "--rounds", "5")
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    claim = comparison(run, "phase1", "phase0")
    assert claim["verdict"] == "unresolved"
    assert claim["ci_low"] is None
    assert claim["words"] == "no claim: 5 rounds, a 95 % interval needs 6"
    assert "no claim" in ended.out


def test_identity_and_features_come_from_the_allocator(lab: Lab) -> None:
    _, folder = lab.compare("phase1", "phase0")
    run, _ = load(folder)
    planned = {item["label"]: item for item in run["plan"]["allocators"]}
    assert planned["phase1"]["version"] == "hakmem 0 phase1 direct_cache"
    assert planned["phase1"]["features"] == ["direct_cache"]
    assert len(planned["phase1"]["sha256"]) == 64


def test_hakmem_is_the_newest_phase_and_all_is_everything(lab: Lab) -> None:
    ended, folder = lab.compare("hakmem", "all", "--rounds", "1")
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    labels = [item["label"] for item in run["plan"]["allocators"]]
    assert labels[:2] == ["phase1", "phase0"]
    assert labels[-2:] == ["system", "floor"]


def test_json_is_run_json_and_nothing_else(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "phase0", "--json")
    assert ended.status == 0, ended.err
    assert json.loads(ended.out) == load(folder)[0]


def test_operations_are_calibrated_within_limits(lab: Lab) -> None:
    folder = lab.new_folder()
    words = ["--workload", "alpha", "--rounds", "2", "--no-report", "--out", str(folder)]
    ended = lab.run("compare", "phase1", "phase0", *words)
    assert ended.status == 0, ended.err
    run, samples = load(folder)
    counts = {sample["params"]["ops"] for sample in samples if sample["round"]}
    assert counts == {run["plan"]["workloads"][0]["params"]["ops"]}
    assert 10 <= counts.pop() <= 1_000_000_000


def test_a_narrow_interval_ends_the_run(lab: Lab) -> None:
    folder = lab.new_folder()
    words = ["--workload", "alpha", "--ops", "1000", "--no-report", "--out", str(folder)]
    ended = lab.run("compare", "phase1", "phase0", *words)
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    assert run["plan"]["rounds_min"] == 12
    assert run["plan"]["rounds"] == 40
    assert comparison(run, "phase1", "phase0")["rounds"] == 12


def test_a_time_limit_ends_the_run_with_a_warning(lab: Lab) -> None:
    ended, folder = lab.compare("phase1", "phase0", "--param", "mode=8", "--time-limit", "0.5")
    assert ended.status == 0, ended.err
    run, _ = load(folder)
    assert any("time limit of 0.5 s" in warning for warning in run["warnings"])
    assert comparison(run, "phase1", "phase0")["verdict"] == "unresolved"
    words = comparison(run, "phase1", "phase0")["words"]
    assert words.startswith("no claim: ") and f"  {words}; the time limit came first\n" in ended.out


def test_the_environment_is_the_same_for_all_arms_of_a_round(lab: Lab) -> None:
    """The length of a process's environment is padded; only the padding tells arms apart."""
    source = lab.folder / "spy.c"
    source.write_text(
        '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nextern char **environ;\n'
        "__attribute__((constructor)) static void spy(void)\n{\n"
        '    FILE *file = fopen(LOG, "a");\n    for (char **v = environ; *v; v++)\n'
        '        fprintf(file, "%.*s %zu\\n", (int)strcspn(*v, "="), *v, strlen(*v));\n    fclose(file);\n}\n'
        "void *malloc(size_t n)\n{\n    static char arena[1 << 24];\n    static size_t used;\n"
        "    size_t start = used;\n    used += (n + 15) / 16 * 16;\n    return arena + start;\n}\n"
        "void free(void *p) { (void)p; }\n"
    )
    log = lab.folder / "spy.log"
    log.unlink(missing_ok=True)
    lab.library("libspy.so", f'-DLOG="{log}"', source=str(source))
    lab.compare("./lib/libspy.so", "phase0", "--rounds", "3")
    names = {line.split()[0] for line in log.read_text().splitlines()}
    assert names == {"LD_PRELOAD", "HAKMEM_LAB_PADDING"}
    lengths = {line for line in log.read_text().splitlines() if line.startswith("HAKMEM_LAB_PADDING")}
    assert len(lengths) >= 4


def test_the_table_fits_80_columns_and_has_no_colour_in_a_pipe(lab: Lab) -> None:
    names = ["./lib/libslow.so", "phase1", "phase0", "system"]
    ended, _ = lab.compare(*names, "--workload", "alpha,beta", "--rounds", "8")
    table = ended.out.split("\nwarning:")[0].split("\nresults in")[0]
    assert max(len(line) for line in table.splitlines()) <= 80
    assert "\033" not in ended.out
    assert "against phase0: slower on 2" in ended.out


def test_run_prints_one_record(lab: Lab) -> None:
    ended = lab.run("run", "alpha", "phase1", "--ops", "1000")
    assert ended.status == 0, ended.err
    record = json.loads(ended.out)
    assert record["state"] == "ok"
    assert record["params"]["ops"] == 1000
    assert record["allocator"]["malloc_object"] == str(lab.lib / "libhakmem-phase1.so")


def test_list_shows_what_is_here(lab: Lab) -> None:
    ended = lab.run("list", "--json")
    assert ended.status == 0, ended.err
    listed = json.loads(ended.out)
    assert [item["name"] for item in listed["workloads"]] == ["alpha", "beta"]
    found = {item["label"]: item for item in listed["allocators"]}
    assert found["phase1"]["version"] == "hakmem 0 phase1 direct_cache"
    assert found["system"]["found"] is True
    assert "alpha: a stub" in lab.run("list").out


def test_doctor_names_cause_and_cure(lab: Lab) -> None:
    ended = lab.run("doctor", "--json")
    assert ended.status == 0, ended.err
    checks = {item["name"]: item for item in json.loads(ended.out)}
    assert {"hardware counters", "ASLR", "load", "simulated counters", "mimalloc"} <= set(checks)
    assert all(item["finding"] for item in checks.values())
    assert all(item["good"] == (item["cure"] is None) for item in checks.values())
    assert "hardware counters" in lab.run("doctor").out


def test_help_of_every_command(lab: Lab) -> None:
    for command in ("compare", "lab", "run", "list", "report", "doctor", "gate", "history"):
        ended = lab.run(command, "--help")
        assert ended.status == 0
        assert f"usage: ./harness {command}" in ended.out
        assert ended.out == lab.run("help", command).out
        assert max(len(line) for line in ended.out.splitlines()) <= 80
    assert "Exit status: 0 done, 1 a sample or a check failed, 2 wrong usage" in lab.run("--help").out
    assert lab.run("--version").out.startswith("hakmem harness ")
