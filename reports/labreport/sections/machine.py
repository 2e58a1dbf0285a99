"""Machine: where the run was taken, as far as the machine tells, and exactly what was measured on it."""

from __future__ import annotations

from typing import Any

from labreport.fields import finite
from labreport.palette import Palette
from labreport.plan import Arm
from labreport.run import Run
from labreport.section import Cell, Section, Table
from labreport.units import byte_size, count

NAMES = {
    "cpu_model": "processor", "microcode": "microcode", "cores": "cores", "threads": "hardware threads",
    "memory_bytes": "memory", "kernel": "kernel", "os": "system", "virtualisation": "virtualisation",
    "governor": "frequency governor", "turbo": "turbo", "smt": "SMT", "thp": "transparent huge pages",
    "aslr": "address randomisation", "perf_event_paranoid": "perf_event_paranoid", "pmu": "hardware counters",
    "load_1min": "load at the start", "compiler": "compiler", "libc": "C library", "hostname_hash": "host (hashed)",
}
UNKNOWN = "not told by the machine"


def build(run: Run, palette: Palette) -> Section | None:
    if not run.machine and not run.plan.arms:
        return None
    tables = [machine_table(run.machine)] if run.machine else []
    tables += [arms_table(run)] if run.plan.arms else []
    details = [workloads_table(run)] if run.plan.workloads else []
    return Section("machine", "Machine", conclusion(run.machine), tables=tables, details=details)


def conclusion(machine: dict[str, Any]) -> str:
    if not machine:
        return "The run does not describe its machine."
    guest = machine.get("virtualisation")
    where = f", virtualised ({guest})" if guest else ""
    unknown = [NAMES[name] for name in ("governor", "turbo") if name in machine and machine[name] is None]
    threads = count(int(finite(machine.get("threads")) or 0), "hardware thread")
    words = f"{machine.get('cpu_model') or 'Unnamed processor'}, {threads}{where}."
    if unknown:
        words += f" The machine does not tell its {' and '.join(unknown)}, so frequency changes cannot be ruled out."
    return words


def machine_table(machine: dict[str, Any]) -> Table:
    rows = [[Cell(name), Cell(value_text(key, machine[key], machine))] for key, name in NAMES.items() if key in machine]
    rows += [[Cell(cache_name(cache)), Cell(cache_text(cache))] for cache in machine.get("caches") or []
             if isinstance(cache, dict)]
    return Table(["property", "value"], rows, "Machine", "properties")


def value_text(key: str, value: Any, machine: dict[str, Any]) -> str:
    if key == "pmu":
        return "available" if value is True else f"none: {machine.get('pmu_reason') or 'no reason given'}"
    if value is None:
        return UNKNOWN
    if key == "memory_bytes":
        return byte_size(finite(value))
    return str(value)


def cache_name(cache: dict[str, Any]) -> str:
    return f"cache L{cache.get('level')} {cache.get('type')}"


def cache_text(cache: dict[str, Any]) -> str:
    shared = int(finite(cache.get("shared_by")) or 0)
    sharing = f", shared by {count(shared, 'hardware thread')}" if shared > 1 else ""
    return f"{byte_size(finite(cache.get('size_bytes')))}, lines of {cache.get('line_bytes')} B{sharing}"


def arms_table(run: Run) -> Table:
    head = ["allocator", "version", "features", "linkage", "object", "sha256"]
    rows = [
        [
            Cell(arm.label, arm.label, tint=arm.label), Cell(version(arm)), Cell(", ".join(arm.features) or "–"),
            Cell(arm.linkage or "–"), Cell(arm.path or "–"), Cell(arm.sha256[:16] or "–", note=arm.sha256),
        ]
        for arm in run.plan.arms
    ]
    return Table(head, rows, "Allocators", "wrapped")


def version(arm: Arm) -> str:
    """What it says it is, without the features, which have a column of their own."""
    words = " ".join(word for word in (arm.version or "").split(" ") if word not in arm.features)
    return words or "–"


def workloads_table(run: Run) -> Table:
    rows = [
        [Cell(workload.name, workload.name), Cell(workload.summary or "–"), Cell(workload.models or "–"),
         Cell(", ".join(f"{name} {value}" for name, value in workload.params.items()))]
        for workload in run.plan.workloads
    ]
    return Table(["workload", "what it does", "what it models", "parameters"], rows, "Workloads", "wrapped")
