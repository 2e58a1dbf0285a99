"""Counters: hardware events per operation with their state, or why there are none; and what the kernel counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median

from labreport.bars import Bar, bars_panel
from labreport.fields import finite
from labreport.palette import Palette
from labreport.run import Run
from labreport.sample import Sample
from labreport.section import Cell, Chart, Section, Table, drawings, slug
from labreport.sections import counter_metrics
from labreport.units import count, listing, percent, significant

SHARE_FIELDS = ("cpu_user_ns", "cpu_system_ns")
SOFTWARE = {"page_faults", "major_faults", "context_switches", "cpu_migrations"}  # counted by the kernel, without a PMU
CHARTED_FIRST = ["cache_misses", "branch_misses", "instructions", "cycles"]


@dataclass(frozen=True)
class Reading:
    """One counter of one arm on one workload: the median per operation over the samples that have it."""

    workload: str
    arm: str
    name: str
    state: str
    per_op: float
    n: int
    coverage: float | None


def build(run: Run, palette: Palette) -> Section | None:
    if not run.samples and not run.object("counters"):
        return None
    readings = [reading for workload in run.workloads for arm in run.arms
                for reading in read_counters(run.good_samples(workload, arm))]
    hardware = [reading for reading in readings if reading.name not in SOFTWARE]
    charts = [counter_chart(run, palette, name, hardware) for name in charted(hardware)]
    charts += [chart] if (chart := fault_chart(run, palette)) is not None else []
    metrics = counter_metrics.read_metrics(run)
    tables = counter_metrics.tables(metrics) + ([numbers(readings)] if readings else [])
    kernel = kernel_table(run)
    details = tables + ([kernel] if kernel is not None else [])
    words = " ".join([conclusion(run, hardware), counter_metrics.conclusion(metrics)]).strip()
    return Section("counters", "Counters", words, charts=charts, details=details, paragraphs=paragraphs(run, hardware))


def conclusion(run: Run, readings: list[Reading]) -> str:
    if not readings:
        return f"No hardware counter was read in this run: {reason(run)}."
    states = Counter(reading.state for reading in readings)
    names = list(dict.fromkeys(reading.name for reading in readings))
    words = listing([f"{number} {state}" for state, number in states.most_common()])
    return f"{listing(names)} per operation; of {count(len(readings), 'reading')}: {words}."


def reason(run: Run) -> str:
    counters, machine = run.object("counters"), run.machine
    words = counters.get("reason") or machine.get("pmu_reason") or unavailable_reason(run) or "the run does not say why"
    return str(words)


def unavailable_reason(run: Run) -> str | None:
    for sample in run.samples:
        for entry in counters_of(sample):
            if isinstance(entry.get("reason"), str):
                return str(entry["reason"])
    return None


def paragraphs(run: Run, readings: list[Reading]) -> list[str]:
    if readings:
        return []
    return ["Cache misses and branch misses are therefore absent here, not zero. `./harness doctor` names the cause on "
            "this machine and the cure. Below is what the kernel counts for every process, on any machine."]


def counters_of(sample: Sample) -> list[dict[str, object]]:
    values = sample.raw.get("counters")
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def read_counters(samples: list[Sample]) -> list[Reading]:
    found: dict[tuple[str, str], list[tuple[float, float | None]]] = {}
    for sample in samples:
        ops = sample.field("ops")
        for entry in counters_of(sample):
            value = finite(entry.get("value"))
            if ops and value is not None:
                key = (str(entry.get("name")), str(entry.get("state")))
                found.setdefault(key, []).append((value / ops, finite(entry.get("coverage"))))
    return [make_reading(samples[0], name, state, values) for (name, state), values in found.items()]


def make_reading(sample: Sample, name: str, state: str, values: list[tuple[float, float | None]]) -> Reading:
    covered = [coverage for _, coverage in values if coverage is not None]
    return Reading(sample.workload, sample.arm, name, state, median(value for value, _ in values), len(values),
                   min(covered) if covered else None)


def charted(readings: list[Reading]) -> list[str]:
    names = {reading.name for reading in readings}
    known = [name for name in CHARTED_FIRST if name in names]
    return known or sorted(names)[:2]


def counter_chart(run: Run, palette: Palette, name: str, readings: list[Reading]) -> Chart:
    panels = []
    for workload in run.workloads:
        rows = [row for row in readings if (row.workload, row.name) == (workload, name)]
        if rows:
            states = listing(sorted({row.state for row in rows}))
            bars = [Bar(row.arm, row.per_op, significant(row.per_op, 3), tip(row)) for row in rows]
            detail = f"{name} per operation, {states}, n = {max(row.n for row in rows)}"
            panels.append((workload, bars_panel(workload, detail, bars, palette)))
    plain = name.replace("_", " ").capitalize()
    key = "Medians over the processes of each arm."
    return Chart(f"counter-{slug(name)}", f"{plain} per operation", drawings(panels), key)


def tip(row: Reading) -> str:
    covered = "" if row.coverage is None else f", coverage {percent(row.coverage, 0)}"
    return f"{row.arm}: {significant(row.per_op, 3)} {row.name} per operation ({row.state}{covered}, n = {row.n})"


def numbers(readings: list[Reading]) -> Table:
    head = ["workload", "allocator", "counter", "per operation", "state", "coverage", "n"]
    rows = [
        [
            Cell(row.workload, row.workload), Cell(row.arm, row.arm, tint=row.arm), Cell(row.name, row.name),
            Cell(significant(row.per_op, 3), row.per_op), Cell(row.state, row.state),
            Cell(percent(row.coverage, 0), row.coverage), Cell(str(row.n), row.n),
        ]
        for row in readings
    ]
    return Table(head, rows, "Counters per operation, medians")


def kernel_table(run: Run) -> Table | None:
    """getrusage of the measured region: needs no counter hardware."""
    head = ["workload", "allocator", "minor faults per 1000 ops", "major faults", "time in the kernel",
            "switches by force", "n"]
    rows = []
    for workload in run.workloads:
        for arm in run.arms + ([run.floor_arm] if run.floor_arm else []):
            samples = run.good_samples(workload, arm)
            if samples:
                rows.append(kernel_row(workload, arm, samples))
    return Table(head, rows, "What the kernel counted (getrusage), medians per process") if rows else None


def fault_chart(run: Run, palette: Palette) -> Chart | None:
    panels = []
    for workload in run.workloads:
        rows = [(arm, value, len(samples)) for arm in run.arms if (samples := run.good_samples(workload, arm))
                and (value := faults_per_1000(samples)) is not None]
        if any(value for _, value, _ in rows):
            bars = [Bar(arm, value, significant(value, 3), f"{arm}: {significant(value, 3)} minor faults per 1000 "
                        f"operations, n = {n}") for arm, value, n in rows]
            detail = f"minor faults per 1000 operations, n = {max(n for *_, n in rows)}"
            panels.append((workload, bars_panel(workload, detail, bars, palette)))
    key = ("How often the kernel had to bring in a page: memory touched for the first time, or given back and taken "
           "again. Counted by the kernel; medians.")
    return Chart("faults", "Page faults", drawings(panels), key) if panels else None


def faults_per_1000(samples: list[Sample]) -> float | None:
    return middle([1000 * value / ops for sample in samples
                   if (value := sample.field("minor_faults")) is not None and (ops := sample.field("ops"))])


def kernel_row(workload: str, arm: str, samples: list[Sample]) -> list[Cell]:
    figures = [
        faults_per_1000(samples),
        middle([value for sample in samples if (value := sample.field("major_faults")) is not None]),
        middle([share for sample in samples if (share := kernel_share(sample)) is not None]),
        middle([value for sample in samples if (value := sample.field("involuntary_switches")) is not None]),
    ]
    texts = ["–" if value is None else significant(value, 3) for value in figures]
    texts[2] = percent(figures[2])
    return [Cell(workload, workload), Cell(arm, arm, tint=arm),
            *[Cell(text, value) for text, value in zip(texts, figures)], Cell(str(len(samples)), len(samples))]


def middle(values: list[float]) -> float | None:
    return median(values) if values else None


def kernel_share(sample: Sample) -> float | None:
    user, system = (sample.field(name) for name in SHARE_FIELDS)
    return system / (user + system) if user is not None and system is not None and user + system > 0 else None
