"""Scaling: throughput and memory by number of threads.

Data: run.json's `scaling`: {allowed_cpus, rows: [{workload, entry, allocator, threads, oversubscribed, ops_per_sec,
ci_low, ci_high, peak_rss_bytes, speedup}]}; the numbers of threads above allowed_cpus are marked.
"""

from __future__ import annotations

from typing import Any

from labreport.fields import finite, objects
from labreport.figure import SMALL_SIZE, Panel
from labreport.palette import BAND, MUTED, Palette
from labreport.run import FLOOR, MEMORY, SPEED, Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.sections.drift import end_labels, height_for
from labreport.units import count, quantity, ratio, scale_for

Row = dict[str, Any]


def build(run: Run, palette: Palette) -> Section | None:
    scaling = run.object("scaling")
    rows = [row for row in objects(scaling.get("rows"), "workload", "allocator") if threads_of(row)]
    if not rows:
        return None
    allowed = int(finite(scaling.get("allowed_cpus")) or 0)
    panels = []
    for workload in dict.fromkeys(str(row["workload"]) for row in rows):
        own = [row for row in rows if row["workload"] == workload and row["allocator"] != FLOOR]
        if any(value_of(row) for row in own):
            panels.append((workload, draw(palette, workload, own, allowed)))
    key = (f"Median throughput by number of threads. Grey: more threads than the {count(allowed, 'CPU')} that the "
           "processes may use. Lines: 95 % intervals. The axis starts at zero.")
    charts = [Chart("scaling", "Throughput by number of threads", drawings(panels), key)] if panels else []
    return Section("scaling", "Scaling", conclusion(run, rows), charts=charts, details=[numbers(rows)])


def threads_of(row: Row) -> int:
    return int(finite(row.get("threads")) or 0)


def value_of(row: Row) -> float | None:
    return finite(row.get(SPEED))


def conclusion(run: Run, rows: list[Row]) -> str:
    """The hero's gain from the fewest to the most threads that have a CPU each."""
    parts = []
    for workload in dict.fromkeys(str(row["workload"]) for row in rows):
        own = [row for row in rows if row["workload"] == workload and row["allocator"] == run.hero
               and not row.get("oversubscribed") and finite(row.get("speedup"))]
        if len(own) > 1:
            last = max(own, key=threads_of)
            parts.append(f"{ratio(finite(last.get('speedup')))} on {workload} with {threads_of(last)} threads")
    if not parts:
        return "No allocator was measured with several numbers of threads that have a CPU each."
    return f"Throughput of {run.hero} over that with the fewest threads: {'; '.join(parts)}."


def draw(palette: Palette, workload: str, rows: list[Row], allowed: int) -> str:
    scale = scale_for(SPEED, [value for row in rows if (value := value_of(row)) is not None])
    panel = Panel(height_for(len({row["allocator"] for row in rows}), 196), left=46, right=102)
    panel.title(workload, f"{scale.unit} by number of threads")
    axes = panel.axes
    numbers_of_threads = sorted({threads_of(row) for row in rows})
    place = {threads: index for index, threads in enumerate(numbers_of_threads)}
    over = [place[threads] for threads in numbers_of_threads if allowed and threads > allowed]
    if over:
        axes.axvspan(over[0] - 0.5, over[-1] + 0.2, color=BAND, lw=0, zorder=0)
    ends, words = [], []
    for arm in dict.fromkeys(str(row["allocator"]) for row in rows):
        own = sorted((row for row in rows if row["allocator"] == arm and value_of(row)), key=threads_of)
        if not own:
            continue
        points = [(place[threads_of(row)], scale.of(value_of(row) or 0)) for row in own]
        tint = palette[arm]
        line, = axes.plot(*zip(*points), color=tint.placeholder, lw=1.4, marker=tint.marker, ms=5, mew=0, clip_on=False)
        for row, (across, _) in zip(own, points):
            low, high = finite(row.get("ci_low")), finite(row.get("ci_high"))
            if low is not None and high is not None:
                axes.plot([across, across], [scale.of(low), scale.of(high)], color=tint.placeholder, lw=1)
        said = ", ".join(f"{scale.text(value_of(row) or 0)} with {threads_of(row)}" for row in own)
        panel.tip(line, f"{arm}: {said}")
        words.append(f"{arm} {said}")
        ends.append((points[-1][1], arm, tint.placeholder))
    axes.set_ylim(bottom=0)
    axes.set_xticks(range(len(numbers_of_threads)), [str(threads) for threads in numbers_of_threads])
    axes.margins(x=0.04)
    axes.tick_params(axis="y", labelcolor=MUTED, labelsize=SMALL_SIZE)
    axes.grid(axis="y")
    end_labels(panel, ends)
    return panel.render(f"{workload}: {scale.unit} by number of threads; {'; '.join(words)}", palette)


def numbers(rows: list[Row]) -> Table:
    head = ["workload", "allocator", "threads", "", "M ops/sec", "over the fewest threads", "peak memory (MiB)"]
    return Table(head, [cells(row) for row in rows], "Throughput and memory by number of threads")


def cells(row: Row) -> list[Cell]:
    speedup, memory = finite(row.get("speedup")), finite(row.get(MEMORY))
    arm = str(row["allocator"])
    return [Cell(str(row["workload"])), Cell(arm, arm, tint=arm), Cell(str(threads_of(row)), threads_of(row)),
            Cell("oversubscribed" if row.get("oversubscribed") else ""),
            Cell(quantity(value_of(row), SPEED), value_of(row)), Cell(ratio(speedup), speedup),
            Cell(quantity(memory, MEMORY), memory)]
