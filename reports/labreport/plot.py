"""Plots: the charts by phase as files of their own, or drawn with characters in the terminal."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from labreport.answer import answer_of
from labreport.events import events_of
from labreport.gnuplot import SECONDS_LIMIT, NoGnuplot
from labreport.labels import spread_out
from labreport.palette import Palette, palette_of
from labreport.phasechart import (
    HEAD_ROOM, PhaseChart, event_charts, panel, point, speed_charts, tick_name, tick_step, top,
)
from labreport.problem import Problem, Unreadable
from labreport.run import Run
from labreport.section import slug
from labreport.svg import restart_numbers
from labreport.units import short

FOLDER = "plots"
HEIGHT = 17  # lines of a chart in the terminal: a dozen for the marks, the rest for title and axis
NARROWEST, WIDEST = 60, 100  # columns; a chart gains nothing beyond
ACROSS, PANEL_ROOM, PICTURE_HEAD = 3, (352, 272), 84  # of the picture: panels in a row, their units, the answer's room
LETTER_UNITS = 7  # of the picture's text, generous
LEFT, RIGHT = 9, 14  # columns that gnuplot takes for the axis, and that the names of the others get
TEXT_LINES = HEIGHT - 5  # for names beside the marks; gnuplot's frame has one or two more

THEME = (":root { --ink: #191c20; --muted: #59626d; --grid: #e3e6ea; --card: #ffffff; --band: #e6e9ee; "
         "--accent: #0063a6; ")
DARK_THEME = ("@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ec; --muted: #a0a8b3; --grid: #2a2f37; "
              "--card: #171a1f; --band: #262c35; --accent: #6cb6f5; ")
FONT = "svg { font-family: system-ui, sans-serif; fill: var(--ink); stroke-width: 1; }"


def charts_of(run: Run, wanted: list[str]) -> dict[str, PhaseChart]:
    """Every chart by the name of its file; raises Unreadable where there is none."""
    unknown = [name for name in wanted if name not in run.workloads]
    if unknown:
        raise Unreadable(Problem(f"has no workload {unknown[0]}", str(run.path), f"it has {', '.join(run.workloads)}"))
    found = {f"speed-{chart.workload}": chart for chart in speed_charts(run)}
    for events in events_of(run):
        found |= {f"{slug(events.counter)}-{chart.workload}": chart for chart in event_charts(run, events)}
    found = {slug(name): chart for name, chart in found.items() if not wanted or chart.workload in wanted}
    if not found:
        raise Unreadable(Problem("holds nothing to plot: no workload with two phases or allocators", str(run.path),
                                 "measure more than one, as `make lab` does"))
    return found


def write_plots(run: Run, folder: Path, wanted: list[str], write: Callable[[Path, str], None]) -> list[Path]:
    """One SVG for each chart, through `write`; the paths."""
    palette = palette_of(run)
    written = []
    try:
        for name, chart in charts_of(run, wanted).items():
            folder.mkdir(parents=True, exist_ok=True)
            restart_numbers()
            written.append(folder / f"{name}.svg")
            write(written[-1], standalone(panel(chart, palette), palette))
    except NoGnuplot as reason:
        raise no_plot(run, reason) from None
    except OSError as error:
        words = f"cannot be made ({error.strerror})"
        raise Unreadable(Problem(words, str(folder), "name another with --out DIR")) from None
    return written


def picture(run: Run, wanted: list[str]) -> str:
    """The charts of speed in one drawing under the run's answer, for a README: three beside each other."""
    charts_of(run, wanted)  # says what is wrong with the request
    palette, panels = palette_of(run), []
    try:
        for place, chart in enumerate(chart for chart in speed_charts(run) if not wanted or chart.workload in wanted):
            restart_numbers()
            drawing = panel(chart, palette).replace('="d1-', f'="p{place}-').replace("#d1-", f"#p{place}-")
            panels.append(re.sub(r"^<svg ", f"<svg {place_of(place)} ", drawing, count=1))
    except NoGnuplot as reason:
        raise no_plot(run, reason) from None
    rows = -(-len(panels) // ACROSS)
    width, height = min(len(panels), ACROSS) * PANEL_ROOM[0], PICTURE_HEAD + rows * PANEL_ROOM[1]
    answer = answer_of(run)
    lines = textwrap.wrap(answer.evidence, width // LETTER_UNITS, max_lines=2, placeholder=" …")
    texts = [(28, 18, 650, answer.headline), *[(50 + 18 * place, 13, 400, line) for place, line in enumerate(lines)]]
    words = "".join(f'<text x="12" y="{y}" font-size="{size}" font-weight="{weight}">{escape(text)}</text>'
                    for y, size, weight, text in texts)
    root = (f'<svg viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr(answer.headline)}>'
            f'{words}{"".join(panels)}</svg>')
    return standalone(root, palette)


def place_of(place: int) -> str:
    """Where a panel stands in the picture."""
    across, down = place % ACROSS, place // ACROSS
    return (f'x="{across * PANEL_ROOM[0] + 8}" y="{PICTURE_HEAD + down * PANEL_ROOM[1]}" '
            f'width="{PANEL_ROOM[0] - 16}" height="{PANEL_ROOM[1] - 16}"')


def no_plot(run: Run, reason: NoGnuplot) -> Unreadable:
    return Unreadable(Problem(f"cannot be plotted: {reason}", str(run.path), "scripts/setup installs what is missing"))


def standalone(drawing: str, palette: Palette) -> str:
    """A drawing of the page as a file: it brings its own colours, for light and for dark, and its own ground."""
    style = (f"<style>{THEME}{palette.css('light')} }} {DARK_THEME}{palette.css('dark')} }} }} {FONT}</style>"
             '<rect width="100%" height="100%" fill="var(--card)"/>')
    opened = re.sub(r' style="max-width: \d+px"', "", drawing, count=1)
    opened = re.sub(r"^<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', opened, count=1)
    return re.sub(r"^(<svg [^>]*>)", lambda match: match.group(1) + style, opened, count=1) + "\n"


def terminal_plots(run: Run, wanted: list[str]) -> str:
    """All charts drawn with characters, one below the other."""
    columns = min(max(shutil.get_terminal_size((80, 24)).columns, NARROWEST), WIDEST)
    try:
        return "\n".join(terminal_chart(chart, columns) for chart in charts_of(run, wanted).values())
    except NoGnuplot as reason:
        raise no_plot(run, reason) from None


def terminal_chart(chart: PhaseChart, columns: int) -> str:
    try:
        result = subprocess.run(["gnuplot", "-d", "-"], input=terminal_script(chart, columns), capture_output=True,
                                text=True, timeout=SECONDS_LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoGnuplot(f"gnuplot cannot be run ({error})") from None
    if result.returncode != 0:
        raise NoGnuplot(result.stderr.strip()[:200] or "gnuplot failed")
    lines = [line.rstrip() for line in result.stdout.replace("\f", "").splitlines()]
    drawn = "\n".join(line for line in lines if line)
    values = [f"{plain(row.allocator)} {chart.scale.text(row.median)}" for row in chart.rows + chart.others]
    return f"{plain(chart.workload)}: {chart.detail}\n{drawn}\n{filled(values, columns)}\n"


def filled(items: list[str], columns: int) -> str:
    """The items in as few lines as have room for them, none cut in two."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + 2 + len(item) <= columns:
            lines[-1] += f"  {item}"
        else:
            lines.append(item)
    return "\n".join(lines)


def terminal_script(chart: PhaseChart, columns: int) -> str:
    """Marks for what stands along the axis, a line of dots for each of the others."""
    high = top(chart) * HEAD_ROOM
    right = RIGHT if chart.others else 1
    room = (columns - LEFT - right) // len(chart.rows) - 1
    ticks = ", ".join(f"'{short(plain(tick_name(chart, row)), room)}' {place}" for place, row in enumerate(chart.rows))
    lines = [
        f"set terminal dumb mono size {columns},{HEIGHT}", "unset key", f"set xrange [-0.6:{len(chart.rows) - 0.4}]",
        f"set yrange [0:{high:.6g}]", f"set ytics {tick_step(high):.6g} nomirror", "set border 3",
        "set tics scale 0", "set format y '%g'", f"set xtics ({ticks}) nomirror", f"set rmargin {right}",
    ]
    lines += side_labels(chart, high)
    lines += ["$marks << END"] + [point(place, row, chart.scale) for place, row in enumerate(chart.rows)] + ["END"]
    lines += ["$others << END"]
    lines += [f"{place / 4 - 0.6:.4g} {chart.scale.of(row.median):.6g}" for row in chart.others
              for place in range(4 * len(chart.rows))] + ["END"]
    plots = ["$others using 1:2 with points pt '.'"] if chart.others else []
    plots += ["$marks using 1:3:(0):($4-$3) with vectors nohead lt 1", "$marks using 1:2 with points pt 'O'"]
    return "\n".join([*lines, "plot " + ", ".join(plots)]) + "\n"


def side_labels(chart: PhaseChart, high: float) -> list[str]:
    """The names of the others right of the chart, each at its line or in the nearest line of text that is free."""
    named = sorted(chart.others, key=lambda row: row.median)[-TEXT_LINES:]
    heights = spread_out([chart.scale.of(row.median) / high for row in named], 1 / TEXT_LINES, 0.0, 1.0)
    return [f"set label '{short(plain(row.allocator), RIGHT - 2)}' at graph 1,graph {height:.4g} left offset 1,0 front"
            for row, height in zip(named, heights)]


def plain(text: str) -> str:
    """Text that can stand in a script of gnuplot and on a terminal."""
    return "".join(sign if sign.isalnum() or sign in " ._-+#" else "?" for sign in text)
