"""Drift: the ratio in every single round, so that a machine that changed during the run is seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median

from labreport.figure import SMALL_SIZE, Panel
from labreport.labels import spread_out
from labreport.palette import BAND, INK, MUTED, Palette
from labreport.run import SPEED, Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.sections.ratios import choose_ticks
from labreport.units import count, percent, ratio, short

LOG_FROM = 4  # highest over lowest ratio; a wider field is drawn on a log axis
LABEL_DISTANCE = 0.125  # of the axis, where there is room
LABEL_UNITS, FRAME_UNITS = 14, 68  # a name's line; what a panel has above and below its axes
ROUNDS_MIN = 4  # fewer have no halves worth comparing


@dataclass(frozen=True)
class Course:
    """The ratios of one contest through the rounds of one workload."""

    workload: str
    candidate: str
    baseline: str
    points: list[tuple[int, float]]

    @property
    def halves(self) -> tuple[float, float]:
        middle = len(self.points) // 2
        values = [value for _, value in self.points]
        return median(values[:middle]), median(values[-middle:])

    @property
    def drift(self) -> float:
        """How far the median moved from the first half to the second, as a share."""
        first, second = self.halves
        return second / first - 1


def build(run: Run, palette: Palette) -> Section | None:
    if run.hero is None:
        return None
    courses = [course for workload in run.workloads for course in courses_of(run, workload, run.hero)]
    if not courses:
        return None
    panels = []
    for workload in run.workloads:
        own = [course for course in courses if course.workload == workload]
        if own:
            panels.append((workload, draw(run, palette, workload, own)))
    key = (f"Speed of {run.hero} divided by that of each other allocator, round by round; the colour is the other's. "
           "Grey band: the noise floor around 1. Dashed: the control, an allocator against itself.")
    chart = Chart("drift", "Ratio of speed by round", drawings(panels), key)
    return Section("drift", "Round by round", conclusion(run, courses), charts=[chart], details=[numbers(courses)])


def courses_of(run: Run, workload: str, hero: str) -> list[Course]:
    found = [Course(workload, hero, rival, run.round_ratios(workload, SPEED, hero, rival)) for rival in run.rivals]
    return [course for course in found if len(course.points) >= ROUNDS_MIN]


def conclusion(run: Run, courses: list[Course]) -> str:
    beyond = [course for course in courses if abs(course.drift) > floor_of(run, course.workload) > 0]
    worst = max(beyond or courses, key=lambda course: abs(course.drift))
    what = f"{worst.candidate} ÷ {worst.baseline} on {worst.workload}, by {percent(abs(worst.drift))}"
    if beyond:
        return (f"{count(len(beyond), 'ratio')} of {len(courses)} moved by more than the noise floor from the first "
                f"half of the rounds to the second, most of all {what}: the machine may have changed during the run. "
                "Rounds are interleaved, so both sides met the change.")
    words = f"From the first half of the rounds to the second, the ratio that moved most is {what}"
    if not floor_of(run, worst.workload):
        return words + "."
    return f"{words}. None moved by more than its workload's noise floor, so no drift is seen."


def floor_of(run: Run, workload: str) -> float:
    noise = run.noise_of(workload, SPEED)
    return noise.floor if noise is not None and noise.floor is not None else 0.0


def draw(run: Run, palette: Palette, workload: str, courses: list[Course]) -> str:
    panel = Panel(height_for(len(courses), 196), left=46, right=102)
    panel.title(workload, f"ratio by round, n = {max(len(course.points) for course in courses)}")
    axes = panel.axes
    floor = floor_of(run, workload)
    if floor:
        axes.axhspan(1 / (1 + floor), 1 + floor, color=BAND, lw=0, zorder=0)
    axes.axhline(1, color=INK, lw=0.9, zorder=1)
    control = control_points(run, workload)
    if control:
        axes.plot(*zip(*control), color=MUTED, lw=1, ls=(0, (3, 2)))
    ends = []
    for course in courses:
        tint = palette[course.baseline]
        line, = axes.plot(*zip(*course.points), color=tint.placeholder, lw=1.4, marker=tint.marker, ms=4, mew=0,
                          clip_on=False)
        panel.tip(line, f"{course.candidate} ÷ {course.baseline}: {ratio(course.halves[0])} in the first half, "
                        f"{ratio(course.halves[1])} in the second")
        ends.append((course.points[-1][1], f"÷ {short(course.baseline, 10)}", tint.placeholder))
    axes.margins(x=0.0, y=0.12)
    values = [value for course in courses for _, value in course.points]
    if max(values) > LOG_FROM * min(values):
        log_axis(panel)
    else:
        axes.yaxis.set_major_locator(ticks())
    end_labels(panel, ends)
    axes.tick_params(axis="y", labelcolor=MUTED, labelsize=SMALL_SIZE)
    axes.xaxis.set_major_locator(ticks(whole=True))
    axes.grid(axis="y")
    words = "; ".join(f"÷ {course.baseline} {ratio(course.halves[0])} then {ratio(course.halves[1])}"
                      for course in courses)
    return panel.render(f"{workload}: ratio of speed by round; medians of the two halves: {words}", palette)


def log_axis(panel: Panel) -> None:
    axes = panel.axes
    axes.set_yscale("log")
    low, high = (math.log(end) for end in axes.get_ylim())
    chosen = choose_ticks(low, high)
    axes.set_yticks(chosen, [f"{tick:g}" for tick in chosen])
    axes.minorticks_off()


def ticks(whole: bool = False) -> object:
    from matplotlib.ticker import MaxNLocator
    return MaxNLocator(nbins=6 if whole else 5, integer=whole, steps=[1, 2, 2.5, 5, 10])


def control_points(run: Run, workload: str) -> list[tuple[int, float]]:
    arm = run.plan.aa_arm
    return run.round_ratios(workload, SPEED, arm, arm.split("#")[0]) if arm else []


def height_for(labels: int, usual: float) -> float:
    """The height of a panel that has so many names at the ends of its lines."""
    return max(usual, FRAME_UNITS + LABEL_UNITS * (labels - 1))


def end_labels(panel: Panel, ends: list[tuple[float, str, str]]) -> None:
    """Names at the ends of their lines, moved apart where they would touch, each with a line to its own end."""
    axes = panel.axes
    axes.get_xlim(), axes.get_ylim()  # settles the limits before places are taken from them
    heights = [axes.transAxes.inverted().transform(axes.transData.transform((1, end)))[1] for end, _, _ in ends]
    distance = min(LABEL_DISTANCE, 1 / max(len(ends) - 1, 1))
    places = spread_out(heights, distance, 0.0, 1.0)
    for height, place, (_, label, colour) in zip(heights, places, ends):
        axes.plot([1, 1.05], [height, place], color=colour, lw=1.4, transform=axes.transAxes, clip_on=False)
        axes.annotate(short(label, 12), (1.05, place), xycoords="axes fraction", xytext=(3, 0), weight="bold",
                      textcoords="offset points", va="center_baseline", size=SMALL_SIZE, annotation_clip=False)


def numbers(courses: list[Course]) -> Table:
    head = ["workload", "candidate", "baseline", "rounds", "first half", "second half", "moved"]
    rows = [
        [
            Cell(course.workload, course.workload), Cell(course.candidate, course.candidate, tint=course.candidate),
            Cell(course.baseline, course.baseline, tint=course.baseline),
            Cell(str(len(course.points)), len(course.points)), Cell(ratio(course.halves[0]), course.halves[0]),
            Cell(ratio(course.halves[1]), course.halves[1]), Cell(percent(course.drift), course.drift),
        ]
        for course in courses
    ]
    return Table(head, rows, "Median ratio in the first and the second half of the rounds")
