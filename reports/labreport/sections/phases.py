"""Phases: the harness' charts by phase, drawn with gnuplot: speed and processor events, other allocators as lines."""

from __future__ import annotations

from labreport.events import Events, events_of
from labreport.gnuplot import NoGnuplot
from labreport.palette import Palette
from labreport.phasechart import PHASES_MIN, event_charts, panel, speed_charts
from labreport.run import SPEED, Run
from labreport.section import Chart, Section, drawings, slug
from labreport.units import gain

KEY = "Marks: median of each phase, with its 95 % interval. Dashed lines: the other allocators. Axes start at zero."
SIMULATED_KEY = ("Marks: each phase, simulated, so the same in every run and without an interval. Dashed lines: other "
                 "allocators. Axes start at zero.")


def build(run: Run, palette: Palette) -> Section | None:
    if len(run.phases) < PHASES_MIN:
        return None
    title = "Phase by phase"
    try:
        panels = [(chart.workload, panel(chart, palette)) for chart in speed_charts(run)]
        charts = [Chart("phases", "Operations per second by phase", drawings(panels), KEY)] if panels else []
        charts += [event_chart(run, events, palette) for events in events_of(run) if event_charts(run, events)]
    except NoGnuplot as reason:
        return Section("phases", title, conclusion(run), paragraphs=[f"There is no chart here: {reason}."])
    return Section("phases", title, conclusion(run), charts=charts)


def event_chart(run: Run, events: Events, palette: Palette) -> Chart:
    panels = [(chart.workload, panel(chart, palette)) for chart in event_charts(run, events)]
    title = f"{events.title} by phase ({events.state})"
    return Chart(f"phases-{slug(events.counter)}", title, drawings(panels),
                 SIMULATED_KEY if events.state == "simulated" else KEY)


def conclusion(run: Run) -> str:
    """What the newest phase brought against the oldest, in the words of the medians."""
    first, last = run.phases[0], run.phases[-1]
    gains = []
    for workload in run.workloads:
        before, after = run.estimate(workload, first, SPEED), run.estimate(workload, last, SPEED)
        if before is not None and after is not None and before.median > 0:
            gains.append((after.median / before.median, workload))
    if not gains:
        return f"{first} and {last} share no workload."
    least, most = min(gains), max(gains)
    span = f"by {change(most)}" if least == most else f"from {change(least)} to {change(most)}"
    start = "No difference resolved: from" if nothing_resolved(run, first, last) else "From"
    return f"{start} {first} to {last} the median speed changes {span}."


def change(place: tuple[float, str]) -> str:
    return f"{gain(place[0])} ({place[1]})"


def nothing_resolved(run: Run, first: str, last: str) -> bool:
    """Whether the two were compared, and not one row tells them apart or finds them the same."""
    rows = [row for row in run.compared(SPEED) if (row.candidate, row.baseline) == (last, first)]
    return bool(rows) and all(row.ci_low is None or row.verdict == "unresolved" for row in rows)
