"""Speed: operations per second of every arm on every workload, with intervals and single samples."""

from __future__ import annotations

from labreport.bars import DOTS_LIMIT, Bar, bars_panel
from labreport.estimate import Estimate
from labreport.lead import leader
from labreport.palette import Palette
from labreport.run import MEMORY, SPEED, Run
from labreport.section import Cell, Chart, Section, Table, drawings
from labreport.units import Scale, count, listing, metric_unit, quantity, scale_for

CHART_TITLES = {SPEED: "Operations per second", MEMORY: "Peak resident memory"}


def build(run: Run, palette: Palette) -> Section | None:
    return metric_section(run, palette, SPEED, "speed", "Speed", leaders(run, SPEED, "fastest"))


def metric_section(run: Run, palette: Palette, metric: str, name: str, title: str, words: str) -> Section | None:
    """Bars and numbers of one metric; memory uses it as well."""
    panels = [(workload, panel) for workload in run.workloads
              if (panel := metric_panel(run, palette, workload, metric)) is not None]
    if not panels:
        return None
    key = "Bar and mark: median. Line: 95 % interval of the median. Dots: single processes. Axes start at zero."
    chart = Chart(name, f"{CHART_TITLES[metric]} by workload", drawings(panels), key)
    return Section(name, title, words, charts=[chart], details=[numbers(run, metric)])


def metric_panel(run: Run, palette: Palette, workload: str, metric: str) -> str | None:
    rows = [row for arm in run.arms if (row := run.estimate(workload, arm, metric)) is not None]
    if not rows:
        return None
    scale = scale_for(metric, [row.median for row in rows])
    bars = [metric_bar(run, row, scale) for row in rows]
    return bars_panel(workload, f"{scale.unit}, {sample_size(run, workload, metric)}", bars, palette)


def metric_bar(run: Run, row: Estimate, scale: Scale) -> Bar:
    dots = run.values(row.workload, row.allocator, row.metric)
    return Bar(
        label=row.allocator,
        median=scale.of(row.median),
        text=scale.text(row.median),
        tip=tip(row, scale),
        low=None if row.ci_low is None else scale.of(row.ci_low),
        high=None if row.ci_high is None else scale.of(row.ci_high),
        dots=[scale.of(dot) for dot in dots] if len(dots) <= DOTS_LIMIT else [],
    )


def tip(row: Estimate, scale: Scale) -> str:
    words = f"{row.allocator}: median {scale.text(row.median)} {scale.unit}, n = {row.n}"
    if row.ci_low is None or row.ci_high is None:
        return words
    return f"{words}, 95 % interval {scale.text(row.ci_low)} to {scale.text(row.ci_high)}"


def interval(row: Estimate) -> str:
    if row.ci_low is None or row.ci_high is None:
        return "–"
    return f"{quantity(row.ci_low, row.metric)} to {quantity(row.ci_high, row.metric)}"


def sample_size(run: Run, workload: str, metric: str) -> str:
    sizes = sorted({row.n for arm in run.arms if (row := run.estimate(workload, arm, metric)) is not None})
    return f"n = {sizes[0]}" if len(sizes) == 1 else f"n = {sizes[0]} to {sizes[-1]}"


def leaders(run: Run, metric: str, word: str) -> str:
    """Who is ahead of all others, on how many workloads, and where nobody is: the sentence over the figure."""
    won: dict[str, list[str]] = {}
    close: list[str] = []
    for workload in run.workloads:
        arms = [arm for arm in run.arms if run.estimate(workload, arm, metric) is not None]
        if len(arms) > 1:
            first = leader(run, workload, metric, arms)
            (close if first is None else won.setdefault(first, [])).append(workload)
    ranked = sorted(won.items(), key=lambda item: -len(item[1]))
    parts = [f"{arm} on {len(names)} ({listing(names)})" for arm, names in ranked]
    total = len(close) + sum(len(names) for names in won.values())
    if not total:
        return "Only one arm was measured: there is nothing to rank."
    field = f"{count(len(run.arms), 'allocator')} over {count(total, 'workload')}"
    if not parts:
        several = count(len(run.arms), "allocator")
        return f"Too close to call on {listing(close)}: none of {several} is surely the {word}."
    rest = f"; too close to call on {len(close)} ({listing(close)})" if close else ""
    return f"The {word} of {field}: {listing(parts)}{rest}."


def numbers(run: Run, metric: str) -> Table:
    head = ["workload", "allocator", f"median ({metric_unit(metric)})", "95 % interval", "min", "max", "n"]
    rows = [
        [
            Cell(row.workload, row.workload),
            Cell(run.shown_name(row.allocator), row.allocator, tint=row.allocator),
            Cell(quantity(row.median, metric), row.median), Cell(interval(row), row.ci_low),
            Cell(quantity(row.low, metric), row.low), Cell(quantity(row.high, metric), row.high),
            Cell(str(row.n), row.n),
        ]
        for row in run.estimates if row.metric == metric
    ]
    return Table(head, rows, f"All medians in {metric_unit(metric)}")
