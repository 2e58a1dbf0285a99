"""Speed against memory: who gives more of one without taking more of the other."""

from __future__ import annotations

from labreport.figure import SMALL_SIZE, Panel
from labreport.palette import MUTED, Palette
from labreport.run import MEMORY, SPEED, Run
from labreport.section import Chart, Section, drawings
from labreport.units import count, listing, scaled, short

Point = tuple[str, float, float]  # arm, peak memory in MiB, speed in M ops/sec


def build(run: Run, palette: Palette) -> Section | None:
    fields = {workload: points(run, workload) for workload in run.workloads}
    fields = {workload: found for workload, found in fields.items() if len(found) > 1}
    if not fields:
        return None
    panels = [(workload, draw(palette, workload, found)) for workload, found in fields.items()]
    key = ("Up: faster. Left: smaller. The line joins those that no other allocator beats in both. Medians; "
           "the axes do not start at zero.")
    chart = Chart("pareto", "Speed against peak memory", drawings(panels), key)
    return Section("pareto", "Speed against memory", conclusion(fields), charts=[chart])


def points(run: Run, workload: str) -> list[Point]:
    found = []
    for arm in run.arms:
        speed, memory = run.estimate(workload, arm, SPEED), run.estimate(workload, arm, MEMORY)
        if speed is not None and memory is not None:
            found.append((arm, scaled(memory.median, MEMORY), scaled(speed.median, SPEED)))
    return found


def frontier(found: list[Point]) -> list[Point]:
    """Those that no other is both faster and smaller than, from the smallest up."""
    best: list[Point] = []
    for point in sorted(found, key=lambda item: (item[1], -item[2])):
        if not best or point[2] > best[-1][2]:
            best.append(point)
    return best


def conclusion(fields: dict[str, list[Point]]) -> str:
    times: dict[str, int] = {}
    for found in fields.values():
        for arm, _, _ in found:
            times.setdefault(arm, 0)
        for arm, _, _ in frontier(found):
            times[arm] += 1
    ranked = sorted(times.items(), key=lambda item: -item[1])
    parts = [f"{arm} on {number}" for arm, number in ranked if number]
    never = [arm for arm, number in ranked if not number]
    words = f"Over {count(len(fields), 'workload')}, not beaten in both speed and memory: {listing(parts)}"
    return f"{words}; {listing(never)} on none." if never else f"{words}."


def draw(palette: Palette, workload: str, found: list[Point]) -> str:
    panel = Panel(236, left=46, right=16, bottom=42)
    panel.title(workload, "M ops/sec against peak MiB")
    axes = panel.axes
    best = frontier(found)
    axes.plot([point[1] for point in best], [point[2] for point in best], color=MUTED, lw=1, zorder=1)
    axes.margins(0.16)
    for arm, memory, speed in found:
        tint = palette[arm]
        mark, = axes.plot([memory], [speed], tint.marker, ms=9, color=tint.placeholder, mew=0)
        panel.tip(mark, f"{arm}: {speed:.4g} M ops/sec, peak {memory:.4g} MiB")
    name_points(panel, found, palette)
    axes.locator_params(nbins=5)
    axes.tick_params(axis="y", labelcolor=MUTED, labelsize=SMALL_SIZE)
    axes.grid()
    axes.set_xlabel("peak MiB", size=SMALL_SIZE)
    words = "; ".join(f"{arm} {speed:.4g} M ops/sec at {memory:.4g} MiB" for arm, memory, speed in found)
    return panel.render(f"{workload}, speed against peak memory: {words}", palette)


def name_points(panel: Panel, found: list[Point], palette: Palette) -> None:
    """A name beside each mark, towards the middle, moved up where it would touch another."""
    axes = panel.axes
    low, high = axes.get_ylim()
    left, right = axes.get_xlim()
    taken: list[tuple[float, float]] = []
    for arm, memory, speed in sorted(found, key=lambda point: point[2]):
        across, up = (memory - left) / (right - left), (speed - low) / (high - low)
        place = up
        while any(abs(place - other_up) < 0.09 and abs(across - other) < 0.4 for other, other_up in taken):
            place += 0.03
        taken.append((across, place))
        side = "right" if across > 0.6 else "left"
        axes.annotate(short(arm, 16), (across, place), xycoords="axes fraction", ha=side, va="center_baseline",
                      xytext=(-9 if side == "right" else 9, 0), textcoords="offset points", size=SMALL_SIZE, weight="bold",
                      color=palette[arm].placeholder)
