"""A pair: two runs held side by side, their ratios first, since ratios travel between machines and speeds do not."""

from __future__ import annotations

from dataclasses import dataclass

from labreport.answer import Answer, answer_of
from labreport.comparison import Comparison
from labreport.figure import Panel
from labreport.notice import Notice, notices_of
from labreport.page import write
from labreport.palette import GROUND, INK, MUTED, Palette, palette_of
from labreport.run import MEMORY, SPEED, Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.sections.machine import NAMES, value_text
from labreport.sections.ratios import FRAME_HEIGHT, contest, draw_track, row_words, set_scale
from labreport.units import count, listing, metric_name, ratio, ratio_interval

UNJUDGED = "unjudged: other number of operations"
VERB_FORMS = (("agree", "agrees", "agree"), ("differ", "differs", "differ"),
              ("no interval", "has no interval", "have no interval"), (UNJUDGED, f"is {UNJUDGED}", f"are {UNJUDGED}"))
ROW_HEIGHT = 44  # a line of words and, below it, a mark for each run


@dataclass(frozen=True)
class Match:
    """The same comparison in both runs."""

    first: Comparison
    second: Comparison
    other_work: bool = False  # memory after another number of operations: two peaks that say nothing of each other

    @property
    def verdict(self) -> str:
        """Whether the two intervals can both be right."""
        one, two = self.first, self.second
        if self.other_work:
            return UNJUDGED
        if one.ci_low is None or one.ci_high is None or two.ci_low is None or two.ci_high is None:
            return "no interval"
        return "agree" if one.ci_low <= two.ci_high and two.ci_low <= one.ci_high else "differ"


def render(first: Run, second: Run) -> str:
    palette = palette_of(first, second)
    pairs = matches(first, second)
    sections = [section for section in (ratios(palette, pairs), machines(first, second)) if section is not None]
    names = f"{first.name} and {second.name}"
    values = {"name": names, "moment": "", "title": f"{names}: hakmem lab report", "palette": palette,
              "answer": answer(first, second, pairs), "notices": notices(first, second), "boards": [],
              "sections": sections}
    return write(values, palette)


def matches(first: Run, second: Run) -> list[Match]:
    found = [
        (row, second.comparison(row.workload, row.metric, row.candidate, row.baseline))
        for metric in (SPEED, MEMORY) for row in first.compared(metric)
    ]
    return [Match(row, other, is_other_work(first, second, row)) for row, other in found if other is not None]


def is_other_work(first: Run, second: Run, row: Comparison) -> bool:
    """Memory depends on the number of operations, which is calibrated; speed is per operation."""
    counts = {workload.params.get("ops") for run in (first, second) for workload in run.plan.workloads
              if workload.name == row.workload}
    return row.metric == MEMORY and len(counts) > 1


def answer(first: Run, second: Run, pairs: list[Match]) -> Answer:
    names = f"{first.name} and {second.name}"
    if not pairs:
        return Answer(f"{names} share no comparison.", "Neither workload, metric, candidate and baseline meet.", [])
    verdicts = [pair.verdict for pair in pairs]
    sizes = [f"{number} {one if number == 1 else many}" for word, one, many in VERB_FORMS
             if (number := verdicts.count(word))]
    differing = [f"{pair.first.candidate} against {pair.first.baseline} on {pair.first.workload} "
                 f"({metric_name(pair.first.metric)})" for pair in pairs if pair.verdict == "differ"]
    more = [f"Apart: {listing(differing[:5])}{' and more' if len(differing) > 5 else ''}."] if differing else []
    more += [f"{run.name}: {answer_of(run).headline}" for run in (first, second)]
    return Answer(f"{names} share {count(len(pairs), 'comparison')}: {listing(sizes)}.",
                  "Two ratios agree when their intervals overlap; speeds of different machines are not compared.", more)


def notices(first: Run, second: Run) -> list[tuple[str, list[Notice]]]:
    """What holds for both runs, then what for each, every group under its name."""
    ours, theirs = notices_of(first), notices_of(second)
    groups = [("Both runs", [notice for notice in ours if notice in theirs]),
              (first.name, [notice for notice in ours if notice not in theirs]),
              (second.name, [notice for notice in theirs if notice not in ours])]
    return [(name, found) for name, found in groups if found]


def ratios(palette: Palette, pairs: list[Match]) -> Section | None:
    if not pairs:
        return None
    charts = []
    for metric in (SPEED, MEMORY):
        own = [pair for pair in pairs if pair.first.metric == metric and pair.first.ratio and pair.second.ratio]
        panels = [(workload, draw(palette, workload, [pair for pair in own if pair.first.workload == workload]))
                  for workload in dict.fromkeys(pair.first.workload for pair in own)]
        if panels:
            key = "Filled: the first run. Open: the second. Lines: intervals. Log axis, each panel with its own scale."
            title = f"Ratio of {metric_name(metric)} in both runs"
            charts.append(Chart(f"ratios-{metric}", title, drawings(panels), key))
    words = f"{sum(pair.verdict == 'differ' for pair in pairs)} of {count(len(pairs), 'shared comparison')} differ."
    return Section("ratios", "Ratios in both runs", words, charts=charts, details=[numbers(pairs)])


def draw(palette: Palette, workload: str, pairs: list[Match]) -> str:
    panel = Panel(FRAME_HEIGHT + ROW_HEIGHT * len(pairs), left=6, right=6)
    rounds = [row.rounds for pair in pairs for row in (pair.first, pair.second)]
    panel.title(workload, f"ratio in the first and the second run, n = {min(rounds)} to {max(rounds)} rounds")
    axes = panel.axes
    axes.set_xscale("log")
    axes.set_ylim(len(pairs) - 0.5, -0.5)
    axes.set_yticks([])
    set_scale(panel, [row for pair in pairs for row in (pair.first, pair.second)], 0.0)
    for place, pair in enumerate(pairs):
        draw_track(panel, place + 0.23, 0.0)
        draw_pair(panel, place, pair, palette)
    words = "; ".join(f"{pair.first.candidate} against {pair.first.baseline}: {ratio(pair.first.ratio)} then "
                      f"{ratio(pair.second.ratio)}, {pair.verdict}" for pair in pairs)
    return panel.render(f"{workload}: {words}", palette)


def draw_pair(panel: Panel, place: int, pair: Match, palette: Palette) -> None:
    tint, axes = palette[pair.first.candidate], panel.axes
    for row, height, fill in ((pair.first, place + 0.1, tint.placeholder), (pair.second, place + 0.36, GROUND)):
        if row.ci_low is not None and row.ci_high is not None:
            axes.plot([row.ci_low, row.ci_high], [height, height], color=tint.placeholder, lw=1.8)
        axes.plot([row.ratio], [height], tint.marker, ms=6, mfc=fill, mec=tint.placeholder, mew=1.3)
    apart = pair.verdict == "differ"
    row_words(panel, place, "left", contest(pair.first), {"color": INK})
    row_words(panel, place, "right", f"{ratio(pair.first.ratio)}, {ratio(pair.second.ratio)}: {pair.verdict}",
              {"color": INK if apart else MUTED, "weight": "bold" if apart else "normal"})
    panel.row_tip(place, f"{pair.first.words}; {pair.second.words}")


def numbers(pairs: list[Match]) -> Table:
    head = ["workload", "metric", "candidate", "baseline", "first", "interval", "second", "interval", "verdict"]
    rows = [
        [Cell(pair.first.workload), Cell(metric_name(pair.first.metric)),
         Cell(pair.first.candidate, tint=pair.first.candidate), Cell(pair.first.baseline, tint=pair.first.baseline),
         *figures(pair.first), *figures(pair.second), Cell(pair.verdict)]
        for pair in pairs
    ]
    return Table(head, rows, "Every comparison that both runs hold")


def figures(row: Comparison) -> list[Cell]:
    interval = ratio_interval(row.ci_low, row.ci_high) or "–"
    return [Cell(ratio(row.ratio), row.ratio), Cell(interval, row.ci_low)]


def machines(first: Run, second: Run) -> Section | None:
    if not first.machine and not second.machine:
        return None
    keys = [key for key in NAMES if key in first.machine or key in second.machine]
    rows = []
    differing = []
    for key in keys:
        one, two = (value_text(key, run.machine.get(key), run.machine) for run in (first, second))
        if one != two:
            differing.append(NAMES[key])
        rows.append([Cell(NAMES[key]), Cell(one), Cell(two), Cell("same" if one == two else "differs")])
    words = f"The runs differ in {listing(differing)}." if differing else "Both runs describe the same machine."
    table = Table(["property", first.name, second.name, ""], rows, "Both machines", "wrapped")
    return Section("machine", "Machines", words, tables=[table])
