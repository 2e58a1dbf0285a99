"""Speed against memory: who gives more of one without taking more of the other."""

from __future__ import annotations

from labreport.figure import POINTS_PER_INCH, SMALL_SIZE, Panel
from labreport.labels import Box, name_spots
from labreport.lead import beaten
from labreport.palette import GROUND, MUTED, Palette
from labreport.run import MEMORY, PHASE, SPEED, Run
from labreport.section import Chart, Section, drawings
from labreport.units import count, listing, scale_for, scaled, short

NAMED_MAX = 7  # allocators

Point = tuple[str, float, float]  # arm, peak memory in MiB, operations per second


def build(run: Run, palette: Palette) -> Section | None:
    fields = {workload: points(run, workload) for workload in run.workloads}
    fields = {workload: found for workload, found in fields.items() if len(found) > 1}
    if not fields:
        return None
    panels = [(workload, draw(palette, workload, found)) for workload, found in fields.items()]
    key = ("Up: faster. Left: smaller. The line joins those that no other allocator beats in both, by median. "
           "The axes do not start at zero.")
    if max(len(found) for found in fields.values()) > NAMED_MAX:
        key += " Numbers: the phases of hakmem."
    chart = Chart("pareto", "Speed against peak memory", drawings(panels), key)
    return Section("pareto", "Speed against memory", conclusion(run, fields), charts=[chart])


def points(run: Run, workload: str) -> list[Point]:
    found = []
    for arm in run.arms:
        speed, memory = run.estimate(workload, arm, SPEED), run.estimate(workload, arm, MEMORY)
        if speed is not None and memory is not None:
            found.append((arm, scaled(memory.median, MEMORY), speed.median))
    return found


def frontier(found: list[Point]) -> list[Point]:
    """Those that no other is both faster and smaller than, from the smallest up."""
    best: list[Point] = []
    for point in sorted(found, key=lambda item: (item[1], -item[2])):
        if not best or point[2] > best[-1][2]:
            best.append(point)
    return best


def conclusion(run: Run, fields: dict[str, list[Point]]) -> str:
    """Beaten is who is behind another one in both, by verdict or intervals; the line in the drawing is by medians."""
    times: dict[str, int] = {}
    for workload, found in fields.items():
        arms = [arm for arm, _, _ in found]
        for arm in arms:
            times[arm] = times.get(arm, 0) + (not beaten(run, workload, (SPEED, MEMORY), arm, arms))
    ranked = sorted(times.items(), key=lambda item: -item[1])
    parts = [f"{arm} on {number}" for arm, number in ranked if number]
    never = [arm for arm, number in ranked if not number]
    words = f"Over {count(len(fields), 'workload')}, not beaten in both speed and memory: {listing(parts)}"
    return f"{words}; {listing(never)} on none." if never else f"{words}."


def draw(palette: Palette, workload: str, found: list[Point]) -> str:
    panel = Panel(236, left=46, right=16, bottom=42)
    scale = scale_for(SPEED, [point[2] for point in found])
    panel.title(workload, f"{scale.unit} against peak MiB")
    axes = panel.axes
    found = [(arm, memory, scale.of(speed)) for arm, memory, speed in found]
    best = frontier(found)
    axes.plot([point[1] for point in best], [point[2] for point in best], color=MUTED, lw=1, zorder=1)
    axes.margins(0.14)
    for arm, memory, speed in found:
        tint = palette[arm]
        mark, = axes.plot([memory], [speed], tint.marker, ms=9, color=tint.placeholder, mew=0)
        panel.tip(mark, f"{arm}: {speed:.4g} {scale.unit}, peak {memory:.4g} MiB")
    name_points(panel, found)
    axes.locator_params(nbins=5)
    axes.tick_params(axis="y", labelcolor=MUTED, labelsize=SMALL_SIZE)
    axes.grid()
    axes.set_xlabel("peak MiB", size=SMALL_SIZE)
    words = "; ".join(f"{arm} {speed:.4g} {scale.unit} at {memory:.4g} MiB" for arm, memory, speed in found)
    return panel.render(f"{workload}, speed against peak memory: {words}", palette)


def name_of(arm: str, number: int) -> str:
    """Where many allocators stand close together, a phase by its number alone."""
    phase = PHASE.match(arm)
    return phase.group(1) if phase and number > NAMED_MAX else short(arm, 16)


def name_points(panel: Panel, found: list[Point]) -> None:
    """A name beside each mark, on a ground of its own, so that no line runs through it."""
    axes = panel.axes
    axes.get_xlim(), axes.get_ylim()  # settles the limits before places are taken from them
    to_units = axes.transData.transform
    scale = POINTS_PER_INCH / panel.figure.dpi
    places = [to_units((memory, speed)) * scale for _, memory, speed in found]
    marks = [(float(x), float(y), name_of(point[0], len(found))) for (x, y), point in zip(places, found)]
    (left, bottom), (right, top) = axes.transAxes.transform([(0, 0), (1, 1)]) * scale
    for (_, memory, speed), (_, _, name), spot in zip(found, marks, name_spots(marks, Box(left, bottom, right, top))):
        axes.annotate(name, (memory, speed), xytext=(spot.across, spot.up), textcoords="offset points", ha=spot.align,
                      va="center_baseline", size=SMALL_SIZE, weight="bold",
                      bbox={"boxstyle": "square,pad=0.05", "fc": GROUND, "ec": "none", "alpha": 0.8})
