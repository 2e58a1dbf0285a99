"""A results folder: run.json and samples.jsonl read into a Run, every defect named and as little lost as can be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labreport.comparison import read_comparison
from labreport.estimate import estimates_from, read_estimate
from labreport.fields import Fields, read_all, report_bad, showable
from labreport.noise import read_noise
from labreport.plan import read_plan
from labreport.problem import Malformed, Problem, Unreadable
from labreport.reckoning import problems_of, reckon
from labreport.run import Run
from labreport.sample import Sample, read_sample
from labreport.schema import schema_problems

RUN_FILE = "run.json"
SAMPLES_FILE = "samples.jsonl"
LANES_FILE = "lanes.jsonl"  # processes that are no samples: kept, not read
AGAIN = "make a new run with `./harness compare` or `make lab`"


def read_folder(path: Path) -> Run:
    """The run in a folder; raises Unreadable when there is nothing to show."""
    check_folder(path)
    problems: list[Problem] = []
    raw = read_run_json(path / RUN_FILE, problems)
    samples = read_samples(path / SAMPLES_FILE, problems)
    if not raw and not samples:
        raise Unreadable(nothing_to_show(path, problems))
    run = make_run(path, raw, samples, problems)
    if not run.estimates and not run.comparisons and not samples:
        raise Unreadable(Problem("holds no summary, no comparison and no sample", str(path / RUN_FILE), AGAIN))
    return run


def check_folder(path: Path) -> None:
    if not path.exists():
        raise Unreadable(Problem("there is no such folder", str(path), "give the folder of a run, as in results/"))
    if not path.is_dir():
        raise Unreadable(Problem("is a file, not a folder", str(path), f"give the folder that holds {RUN_FILE}"))
    if not (path / RUN_FILE).exists() and not (path / SAMPLES_FILE).exists():
        raise Unreadable(Problem(f"holds neither {RUN_FILE} nor {SAMPLES_FILE}", str(path), AGAIN))


def nothing_to_show(path: Path, problems: list[Problem]) -> Problem:
    reasons = ", and ".join(f"{Path(problem.where).name}: {problem.what}" for problem in problems)
    return Problem(reasons or "nothing in it can be read", str(path), AGAIN)


def make_run(path: Path, raw: dict[str, Any], samples: list[Sample], problems: list[Problem]) -> Run:
    where = str(path / RUN_FILE)
    problems += schema_problems(raw, where) if raw else []
    plan = read_plan(raw["plan"] if isinstance(raw.get("plan"), dict) else {}, where, problems)
    estimates = read_all(raw.get("summary"), f"{where} summary", read_estimate, problems)
    if not estimates and samples:
        estimates = estimates_from(samples)
        words = "there is no summary; medians are taken from the samples, without intervals"
        problems.append(Problem(words, where, "run the comparison again for verdicts"))
    comparisons = read_all(raw.get("comparisons"), f"{where} comparisons", read_comparison, problems)
    noise = read_all(raw.get("noise_floor"), f"{where} noise_floor", read_noise, problems)
    run = Run(path, raw, plan, estimates, comparisons, noise, samples, problems)
    if raw.get("summary"):
        reckoning = reckon(run)
        problems += problems_of(reckoning, where)
        run.figures_checked = 0 if reckoning.wrong else reckoning.figures
    return run


def read_run_json(path: Path, problems: list[Problem]) -> dict[str, Any]:
    cure = "figures that need it are left out; the samples are shown"
    try:
        value = showable(json.loads(path.read_text(encoding="utf-8", errors="replace")))
    except FileNotFoundError:
        problems.append(Problem("is missing", str(path), cure))
        return {}
    except OSError as error:
        problems.append(Problem(f"cannot be read ({error.strerror})", str(path), cure))
        return {}
    except (ValueError, RecursionError) as error:
        problems.append(Problem(f"is not whole JSON ({error})", str(path), cure))
        return {}
    if not isinstance(value, dict):
        problems.append(Problem("does not hold a JSON object", str(path), cure))
        return {}
    return value


def read_samples(path: Path, problems: list[Problem]) -> list[Sample]:
    cure = "figures that need single samples are left out"
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        problems.append(Problem("is missing", str(path), cure))
        return []
    except OSError as error:
        problems.append(Problem(f"cannot be read ({error.strerror})", str(path), cure))
        return []
    samples: list[Sample] = []
    bad: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            samples.append(read_sample(Fields(showable(json.loads(line)))))
        except (ValueError, RecursionError, Malformed) as error:
            bad.append(f"line {number} is damaged ({error})")
    report_bad(bad, str(path), problems)
    return samples
