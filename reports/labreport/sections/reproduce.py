"""Reproduce: the exact commands that make this run, one sample of it, and this page again."""

from __future__ import annotations

import shlex
from typing import Any

from labreport.palette import Palette
from labreport.plan import Workload
from labreport.run import Run
from labreport.section import Cell, Section, Table

PLAN_NAMES = {
    "rounds": "rounds, at most", "rounds_min": "rounds, at least", "seed": "seed", "order": "order of the arms",
    "pin": "pinning", "linkage": "linkage", "time_limit_s": "time limit (s)",
}

OWN_OPTIONS = ("ops", "threads", "seed")


def build(run: Run, palette: Palette) -> Section | None:
    command = run.array("command")
    if not command:
        return None
    code = [("The whole run", harness_line(command))]
    code += [("One process of it", one_process(run))] if run.plan.workloads and run.hero else []
    code.append(("This page again", f"./harness report {shlex.quote(folder_as_typed(run))}"))
    tables = [Table(["property", "value"], plan_rows(run), "Plan", "properties")] if run.plan.raw else []
    start, end = (run.raw.get(name) or "at an unknown time" for name in ("started_at", "finished_at"))
    words = f"Started {start}, finished {end}, by harness {run.raw.get('harness_version') or '?'}."
    return Section("reproduce", "Reproduce", words, code=code, tables=tables)


def folder_as_typed(run: Run) -> str:
    """From the root of the project where the run lies in its results."""
    folder = run.path.resolve()
    return f"results/{folder.name}" if folder.parent.name == "results" else str(run.path)


def harness_line(command: list[Any]) -> str:
    """As typed, but for the results folder: that one exists now, and results are never overwritten."""
    words = [str(word) for word in command]
    if "--out" in words:
        place = words.index("--out")
        del words[place:place + 2]
    words = [word for word in words if not word.startswith("--out=")]
    return shlex.join([words[0] if "/" in words[0] else f"./{words[0]}", *words[1:]])


def one_process(run: Run) -> str:
    workload = run.plan.workloads[0]
    return shlex.join(["./harness", "run", workload.name, run.hero or "", *options(workload)])


def options(workload: Workload) -> list[str]:
    """Those that the harness knows by name; every other parameter goes through --param."""
    pairs = [(f"--{name}", str(value)) if name in OWN_OPTIONS else ("--param", f"{name}={value}")
             for name, value in workload.params.items()]
    return [word for pair in pairs for word in pair]


def plan_rows(run: Run) -> list[list[Cell]]:
    rows = [[Cell(name), Cell(str(run.plan.raw[key]))] for key, name in PLAN_NAMES.items()
            if run.plan.raw.get(key) is not None]
    rows.append([Cell("control (A against A)"), Cell(run.plan.aa_arm or "none")])
    environment = run.plan.raw.get("environment")
    if isinstance(environment, dict) and environment:
        rows.append([Cell("environment"), Cell(" ".join(f"{name}={value}" for name, value in environment.items()))])
    discarded = run.object("discarded")
    if discarded:
        rows.append([Cell("samples discarded"), Cell(f"{discarded.get('count')}: {discarded.get('rule')}")])
    return rows
