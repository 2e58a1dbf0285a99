"""Synthetic runs for the tests: invented figures from a fixed seed, in the lab's own format, measured by no machine."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any

NOTE = "Synthetic: invented by the tests of the report, measured by no machine."
Record = dict[str, Any]

WORKLOADS = {"random_mixed": 24e6, "tiny_hot": 95e6, "mid_large": 2.4e6, "remote_free": 14e6}
ARMS = {"phase0": 1.0, "phase1": 1.15, "phase2": 1.3, "phase3": 1.44, "mimalloc": 1.38, "system": 0.7}
MEMORY = {"phase0": 1.0, "phase1": 1.0, "phase2": 1.02, "phase3": 1.02, "mimalloc": 1.2, "system": 0.9}
HERO, BASELINE, CONTROL = "phase3", "phase0", "phase3#aa"
FLOOR_FACTOR = 9.0
BETTER = {"ops_per_sec": ("faster", "slower"), "peak_rss_bytes": ("smaller", "larger")}
SHA = "0" * 64
COUNTER_METRICS = [("basic", "ipc", 2.5, 0.9), ("cache", "llc_misses_per_op", None, None),
                   ("kernel", "page_faults_per_kilo_op", 1.5, 1)]


def make_run(rounds: int = 12, seed: int = 7,
             workloads: Iterable[str] = WORKLOADS, arms: Iterable[str] = ARMS) -> tuple[Record, list[Record]]:
    """A run.json and the lines of its samples.jsonl."""
    chance = random.Random(seed)
    names, labels = list(workloads), list(arms)
    samples = [sample for workload in names for turn in range(rounds + 1)
               for sample in round_of(chance, workload, turn, labels)]
    for order, sample in enumerate(samples):
        sample["order"] = order
    return run_of(samples, rounds, names, labels), samples


def round_of(chance: random.Random, workload: str, turn: int, labels: list[str]) -> list[Record]:
    arms = [*labels, CONTROL, "floor"]
    chance.shuffle(arms)
    return [sample_of(chance, workload, arm, turn) for arm in arms]


def sample_of(chance: random.Random, workload: str, arm: str, turn: int) -> Record:
    label = arm.split("#")[0]
    factor = FLOOR_FACTOR if arm == "floor" else ARMS[label]
    speed = WORKLOADS[workload] * factor * chance.gauss(1, 0.006)
    ops = 1_000_000
    elapsed = round(ops / speed * 1e9)
    peak = 4096 * round(3000 * MEMORY.get(label, 0.7) * chance.gauss(1, 0.002))
    return {
        "schema": "hakmem-lab/sample/1", "workload": workload, "params": {"ops": ops, "threads": 1, "seed": 42},
        "ops": ops, "elapsed_ns": elapsed, "ops_per_sec": round(speed, 1), "cpu_user_ns": round(elapsed * 0.94),
        "cpu_system_ns": round(elapsed * 0.05), "minor_faults": peak // 8192, "major_faults": 0,
        "voluntary_switches": 0, "involuntary_switches": chance.randrange(3), "rss_start_bytes": 1 << 20,
        "peak_rss_bytes": peak, "rss_end_bytes": peak - 4096, "checksum": "0123456789abcdef", "verify": False,
        "counters": [{"name": "cache_misses", "state": "unavailable", "value": None, "coverage": None,
                      "reason": "no PMU on this machine"}],
        "allocator": {"linkage": "preload", "malloc_object": f"/lib/{label}.so", "identity": label},
        "pin": {"cpus": [0], "applied": True}, "clock": {"source": "tsc", "hz": 2.6e9}, "pid": 4000,
        "allocator_label": label, "arm": arm, "round": turn, "order": 0, "started_at": "2025-01-01T00:00:00Z",
        "state": "ok", "reason": None, "wall_ns": elapsed + 3_000_000, "exit_status": 0, "signal": None, "steal_ns": 0,
    }


def run_of(samples: list[Record], rounds: int, workloads: list[str], arms: list[str]) -> Record:
    contests = [(arm, BASELINE) for arm in arms if arm != BASELINE]
    contests += [(HERO, arm) for arm in ("mimalloc", "system") if arm in arms]
    metrics = list(BETTER)
    noise = {(workload, metric): noise_of(samples, workload, metric, len(contests)) for workload in workloads
             for metric in metrics}
    return {
        "schema": "hakmem-lab/run/1", "note": NOTE, "kind": "lab", "state": "complete", "quick": False,
        "started_at": "2025-01-01T00:00:00Z", "finished_at": "2025-01-01T00:04:00Z",
        "command": ["harness", "lab", "--phase", "3"], "harness_version": "0.1.0",
        "plan": plan_of(rounds, workloads, arms),
        "machine": machine(),
        "summary": [summary_of(samples, workload, arm, metric) for workload in workloads
                    for arm in [*arms, CONTROL, "floor"] for metric in metrics],
        "comparisons": [comparison_of(samples, workload, metric, candidate, baseline, len(contests),
                                      noise[workload, metric]["floor"])
                        for workload in workloads for metric in metrics for candidate, baseline in contests],
        "noise_floor": list(noise.values()),
        "counters": {"state": "unavailable", "reason": "no PMU on this machine"}, "failures": [], "warnings": [],
        "discarded": {"count": 0, "rule": "none"},
    }


def plan_of(rounds: int, workloads: list[str], arms: list[str]) -> Record:
    kinds = {"mimalloc": "installed", "system": "system", "floor": "floor"}
    return {
        "rounds": rounds, "rounds_min": rounds, "seed": 42, "order": "shuffled-blocks", "pin": "compact",
        "linkage": "preload", "time_limit_s": None, "aa_arm": CONTROL, "baseline": BASELINE,
        "workloads": [{"name": name, "params": {"ops": 1_000_000, "threads": 1, "seed": 42}, "summary": f"{name} work",
                       "models": "nothing real"} for name in workloads],
        "allocators": [{"label": arm, "kind": kinds.get(arm, "phase"), "linkage": "preload", "path": f"/lib/{arm}.so",
                        "version": arm, "sha256": SHA, "features": []} for arm in [*arms, "floor"]],
    }


def machine() -> Record:
    return {
        "cpu_model": "Synthetic Processor", "microcode": None, "cores": 2, "threads": 2,
        "caches": [{"level": 1, "type": "data", "size_bytes": 32768, "line_bytes": 64, "shared_by": 1}],
        "memory_bytes": 24 << 30, "kernel": "6.1.0", "os": "Debian", "governor": None, "turbo": None, "smt": "off",
        "thp": "madvise", "aslr": 2, "perf_event_paranoid": 2, "pmu": False, "pmu_reason": "no PMU on this machine",
        "load_1min": 0.1, "compiler": "gcc 12", "libc": "glibc 2.36", "virtualisation": "kvm",
    }


def values(samples: list[Record], workload: str, arm: str, metric: str) -> list[float]:
    return [sample[metric] for sample in samples
            if (sample["workload"], sample["arm"]) == (workload, arm) and sample["round"] > 0]


def summary_of(samples: list[Record], workload: str, arm: str, metric: str) -> Record:
    found = sorted(values(samples, workload, arm, metric))
    low, high = interval(found)
    return {
        "workload": workload, "allocator": arm, "metric": metric, "unit": "1/s" if metric == "ops_per_sec" else "B",
        "n": len(found), "median": median(found), "ci_low": low, "ci_high": high, "min": found[0], "max": found[-1],
    }


def round_ratios(samples: list[Record], workload: str, metric: str, one: str, other: str) -> list[float]:
    pairs = zip(values(samples, workload, one, metric), values(samples, workload, other, metric))
    return sorted((ours / theirs if metric == "ops_per_sec" else theirs / ours) for ours, theirs in pairs)


def comparison_of(samples: list[Record], workload: str, metric: str, candidate: str, baseline: str, claims: int,
                  floor: float | None) -> Record:
    found = round_ratios(samples, workload, metric, candidate, baseline)
    low, high = interval(found, claims)
    verdict, within = verdict_of(found, low, high, floor, metric)
    return {
        "workload": workload, "metric": metric, "baseline": baseline, "candidate": candidate, "ratio": middle(found),
        "ci_low": low, "ci_high": high, "confidence": 0.95, "rounds": len(found), "verdict": verdict,
        "same_within": within, "words": f"{middle(found):.2f} {verdict}",
    }


def middle(ratios: list[float]) -> float:
    """The median; of an even number of ratios the geometric mean of the two in the middle."""
    return math.exp(median(math.log(ratio) for ratio in ratios))


def interval(found: list[float], claims: int = 1) -> tuple[float | None, float | None]:
    """The k-th from either end, k as large as an error of 5 % over all claims allows."""
    tails = accumulate(math.comb(len(found), heads) / 2 ** (len(found) - 1) for heads in range(len(found) // 2))
    rank = sum(tail <= 0.05 / claims for tail in tails)
    return (found[rank - 1], found[-rank]) if rank else (None, None)


def verdict_of(found: list[float], low: float | None, high: float | None, floor: float | None,
               metric: str) -> tuple[str, float | None]:
    if low is None or high is None or floor is None:
        return "unresolved", None
    if low > 1 and middle(found) > 1 + floor:
        return BETTER[metric][0], None
    if high < 1 and 1 / middle(found) > 1 + floor:
        return BETTER[metric][1], None
    margin = next((margin for margin in (0.005, 0.01, 0.02, 0.05) if max(1 / low, high) - 1 <= margin), None)
    return "same" if margin else "unresolved", margin


def noise_of(samples: list[Record], workload: str, metric: str, claims: int) -> Record:
    found = round_ratios(samples, workload, metric, CONTROL, HERO)
    low, high = interval(found, claims)
    floor = max(1 / low, high, 1 / high, low) - 1 if low and high else None
    return {"workload": workload, "metric": metric, "ratio": middle(found), "ci_low": low, "ci_high": high,
            "floor": floor, "rounds": len(found)}


def later_data(run: Record) -> None:
    """Adds the parts of run.json that later versions of the lab bring."""
    run["roadmap"] = {
        "workload": "random_mixed", "baseline": "phase0",
        "gains": [
            {"phase": "phase1", "mechanism": "direct page cache", "ratio": 1.15, "ci_low": 1.14, "ci_high": 1.16,
             "minimum": 1.1, "target": 1.15, "stretch": 1.2, "verdict": "met"},
            {"phase": "phase2", "mechanism": "dual free lists", "ratio": 1.19, "ci_low": 1.17, "ci_high": 1.22,
             "minimum": 1.2, "target": 1.27, "stretch": 1.39, "verdict": "missed"},
        ],
        "checks": [{"phase": "phase1", "check": "direct cache hit rate", "measured": "97.3 %", "required": "> 95 %",
                    "verdict": "met"}],
    }
    run["ablation"] = ablation()
    run["counter_metrics"] = [counter_metric(workload["name"], arm, *row) for workload in run["plan"]["workloads"]
                              for arm in ("phase3", "mimalloc") for row in COUNTER_METRICS]
    run["stats"] = [{"workload": "random_mixed", "allocator": arm, "direct_cache_hit_rate": 0.973,
                     "atomic_ops_per_op": 0.02, "remote_free_share": 0.0} for arm in ("phase1", "phase2", "phase3")]
    run["census"] = [census_of(arm, op) for arm in ("phase0", "phase1", "mimalloc") for op in ("malloc", "free")]
    run["memory_over_time"] = memory_over_time()
    shares = [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999]
    run["latency"] = [
        {"workload": "random_mixed", "allocator": arm, "operation": "malloc", "n": 100_000, "floor_p50_ns": 8,
         "curve": [[share, base / (1 - share) ** 0.4] for share in shares], "p99_9_ns": base * 16, "max_ns": 5000,
         "slow": {"above_ns": base * 16, "n": 100, "allocator_known": False,
                  "causes": {"page_fault": 70, "preempted": 0, "unknown": 30}}}
        for arm, base in (("phase3", 10), ("mimalloc", 12), ("system", 20))
    ]
    run["simulated"] = [{"workload": "random_mixed", "allocator": arm, "counter": counter, "per_op": value,
                         "simulator": "callgrind"} for arm in ("phase0", "phase3", "mimalloc")
                        for counter, value in (("instructions", 52.1), ("l1_misses", 0.02), ("ll_misses", 0.0),
                                               ("branch_misses", 0.41))]


def ablation() -> list[Record]:
    rows = [
        {"workload": "random_mixed", "feature": feature, "mode": mode, "ratio": ratio, "ci_low": ratio - 0.01,
         "ci_high": ratio + 0.01, "verdict": "faster", "words": f"{ratio}x"}
        for feature, ratio in (("direct_cache", 1.14), ("dual_lists", 1.09)) for mode in ("without", "alone")
    ]
    return rows + [
        {"workload": "random_mixed", "feature": "all", "mode": "alone", "ratio": 1.3, "ci_low": 1.29, "ci_high": 1.31,
         "verdict": "faster", "words": "1.30x"},
        *[{"workload": "random_mixed", "feature": feature, "mode": "interaction", "ratio": 1.05, "ci_low": 1.03,
           "ci_high": 1.07, "verdict": "more", "words": "more"} for feature in ("direct_cache", "dual_lists", "all")],
        {"workload": "random_mixed", "feature": "packed_flags", "mode": "without", "ratio": None, "ci_low": None,
         "ci_high": None, "verdict": "identical", "words": "the same machine code"}]


def memory_over_time() -> list[Record]:
    return [
        {"workload": "random_mixed", "allocator": arm, "ops": 1000, "looks": 4, "region_s": 0.4,
         "rss_start_bytes": 2 << 20, "peak_rss_bytes": peak << 20, "mean_rss_bytes": (peak - 1) << 20,
         "mean_live_bytes": 4 << 20,
         "peak_live_bytes": 5 << 20, "rss_over_live": (peak - 1) / 4,
         "residue": [{"after_s": 1, "rss_bytes": left << 20}],
         "curve": [[0.1 * turn, (peak - 4 + turn) << 20, turn << 20] for turn in range(1, 5)]}
        for arm, peak, left in (("phase3", 9, 2), ("mimalloc", 13, 12))]


def counter_metric(workload: str, arm: str, group: str, metric: str, value: float | None,
                   coverage: float | None) -> Record:
    state = "unavailable" if value is None else "measured" if coverage == 1 else "scaled"
    return {"workload": workload, "allocator": arm, "group": group, "metric": metric, "meaning": f"{metric}, explained",
            "state": state, "value": value, "coverage": coverage, "samples": 0 if value is None else 4,
            "reason": "no such event here" if value is None else None}


def census_of(arm: str, op: str) -> Record:
    """phase1 differs from phase0 by a branch less and an increment more; registers and addresses differ everywhere."""
    own = {"phase0": ("rax", "0x10"), "phase1": ("rdx", "0x28"), "mimalloc": ("rcx", "0x8")}[arm]
    texts = [f"mov {own[0]}, qword ptr [rip + {own[1]}]", f"test {own[0]}, {own[0]}", "ret"]
    texts.insert(2, "jne 0x7ffff7fb6316" if arm == "phase0" else "inc dword ptr [rax]")
    steps = [{"function": f"{arm}_{op}", "text": text, "marks": "b" if text.startswith("j") else ""} for text in texts]
    return {"allocator": arm, "op": op, "size": 64, "instructions": len(texts), "loads": 1, "stores": 0, "branches": 1,
            "atomics": 0, "lines": 1, "code_lines": 1, "calls": 33, "calls_alike": 32, "fewest": 4, "most": 9,
            "steps": steps}


def write_run(folder: Path, run: Record, samples: list[Record]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "samples.jsonl").write_text("".join(json.dumps(sample) + "\n" for sample in samples))
    return folder
