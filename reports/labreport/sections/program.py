"""Program: what a whole program cost under each allocator, over its process tree.

Data: plan.workloads[].program, and the summaries of wall time (1 / ops_per_sec), cpu_ns, minor_faults, peak_rss_bytes.
"""

from __future__ import annotations

from labreport.palette import Palette
from labreport.plan import Workload
from labreport.run import MEMORY, SPEED, Run
from labreport.section import Cell, Section, Table
from labreport.units import count, listing, significant

MS = 1e6  # nanoseconds
CPU, FAULTS = "cpu_ns", "minor_faults"


def build(run: Run, palette: Palette) -> Section | None:
    programs = [workload for workload in run.plan.workloads if workload.program]
    if not programs:
        return None
    tables = [costs(run, workload) for workload in programs]
    return Section("program", "The program", conclusion(run, programs[0]), tables=tables)


def conclusion(run: Run, workload: Workload) -> str:
    program = workload.program
    checked = "What it printed and its exit status were" if program.get("output_compared") else "Its exit status was"
    failed = sorted({str(row.get("allocator")) for row in run.array("failures")
                     if isinstance(row, dict) and row.get("workload") == workload.name})
    rest = f" Under {listing(failed)} it failed." if failed else ""
    return (f"One operation is one run of {workload.summary}. {checked} held against a run under the system's "
            f"malloc.{rest} CPU time, faults and memory are those of all its processes.")


def costs(run: Run, workload: Workload) -> Table:
    head = ["allocator", "wall (ms)", "CPU (ms)", "page faults", "peak memory (MiB)", "CPU time and faults in words"]
    rows = [row for arm in run.arms if (row := cost_row(run, workload.name, arm)) is not None]
    runs = count(runs_of(run, workload.name), "run")
    return Table(head, rows, f"Cost of a run of {workload.name}, medians of {runs}")


def runs_of(run: Run, workload: str) -> int:
    found = [row.n for arm in run.arms if (row := run.estimate(workload, arm, SPEED)) is not None]
    return min(found, default=0)


def cost_row(run: Run, workload: str, arm: str) -> list[Cell] | None:
    speed = run.estimate(workload, arm, SPEED)
    if speed is None or speed.median <= 0:
        return None
    cells = [Cell(arm, arm, tint=arm), figure(1e9 / speed.median / MS)]
    for metric, size in ((CPU, MS), (FAULTS, 1.0), (MEMORY, float(1 << 20))):
        found = run.estimate(workload, arm, metric)
        cells.append(figure(None if found is None else found.median / size))
    return [*cells, Cell(words(run, workload, arm))]


def figure(value: float | None) -> Cell:
    return Cell("–") if value is None else Cell(significant(value), value)


def words(run: Run, workload: str, arm: str) -> str:
    said = []
    for metric, name in ((CPU, "CPU time"), (FAULTS, "faults")):
        own = [row for row in run.compared(metric) if row.workload == workload and arm == row.candidate]
        said += [f"{name} against {row.baseline}: {row.words}" for row in own]
    return "; ".join(said)
