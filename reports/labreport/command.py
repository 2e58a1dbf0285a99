"""The command line: which folders, which form, where to, and what is said about it."""

from __future__ import annotations

import argparse
import io
import os
import sys
from pathlib import Path

from labreport import page, pair
from labreport.bundle import bundle
from labreport.folder import read_folder
from labreport.markdown import markdown
from labreport.plot import FOLDER, picture, terminal_plots, write_plots
from labreport.problem import Misuse, Unreadable
from labreport.run import Run
from labreport.sheet import sample_sheet, sheet
from labreport.target import file_target, plot_target, say, write_bytes, write_whole

DONE, FAILED, MISUSED = 0, 1, 2


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="report.py", description="Make the report of a run, or put two runs side by side.",
        epilog="Exit status: 0 written, if from a damaged folder only what can be read of it, which standard error "
               "then says; 1 nothing can be shown or written; 2 wrong usage.")
    parser.add_argument("run", metavar="RUN_DIR", type=Path, help="folder with run.json and samples.jsonl")
    parser.add_argument("other", metavar="RUN_DIR2", type=Path, nargs="?", help="a second run to hold against it")
    parser.add_argument("--out", metavar="FILE",
                        help="write here instead of RUN_DIR/report.html; into it, when it is a folder or ends with /")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print the answer and the tables as Markdown")
    form.add_argument("--csv", action="store_true", help="print every comparison and median as CSV")
    form.add_argument("--samples", action="store_true", help="print every single sample as CSV")
    form.add_argument("--plots", action="store_true",
                      help="write the charts by phase as SVG into RUN_DIR/plots, or as one picture with --out FILE.svg")
    form.add_argument("--term", action="store_true", help="draw the charts by phase in the terminal")
    form.add_argument("--bundle", action="store_true", help="pack the run and its report into RUN_DIR.tar.gz")
    parser.add_argument("--workload", metavar="LIST", default="", help="with --plots and --term: only these workloads")
    asked = parser.parse_args(words)
    if asked.other and (asked.plots or asked.term or asked.bundle):
        parser.error("plots and bundles are of one run")
    return asked


def main(words: list[str]) -> int:
    asked = arguments(words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a locale without × or – shall not cost the whole text
    try:
        runs = [read_folder(path) for path in (asked.run, asked.other) if path is not None]
        make(runs, asked)
        for run in runs:
            tell_damage(run)
        return DONE
    except Misuse as error:
        print(f"report: {error}", file=sys.stderr)
        return MISUSED
    except Unreadable as error:
        print(f"report: {error}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


def tell_damage(run: Run) -> None:
    """One line, and the last one: the page lists everything."""
    if run.problems:
        more = f"; {len(run.problems) - 1} more on the page" if len(run.problems) > 1 else ""
        print(f"report: the folder is not whole: {run.problems[0]}{more}", file=sys.stderr)


def make(runs: list[Run], asked: argparse.Namespace) -> None:
    if asked.markdown or asked.csv or asked.samples:
        name, text = ("report.csv", sheet) if asked.csv else ("report.md", markdown) if asked.markdown else \
            ("samples.csv", sample_sheet)
        put_text("\n".join(map(text, runs)), asked.out, runs[0].path / name)
    elif asked.plots or asked.term:
        make_plots(runs[0], asked)
    elif asked.bundle:
        target = file_target(asked.out, runs[0].path.resolve().with_name(f"{runs[0].name}.tar.gz"))
        write_bytes(target, bundle(runs[0]))
        say(target)
    else:
        target = file_target(asked.out, default_target(runs))
        write_whole(target, page.render(runs[0]) if len(runs) == 1 else pair.render(runs[0], runs[1]))
        say(target)


def make_plots(run: Run, asked: argparse.Namespace) -> None:
    wanted = [name for name in asked.workload.split(",") if name]
    usual = run.path / FOLDER
    if asked.term:
        put_text(terminal_plots(run, wanted), asked.out, usual.with_suffix(".txt"))
        return
    target = plot_target(asked.out, usual)
    if target.suffix.lower() == ".svg" and not target.is_dir():
        write_whole(target, picture(run, wanted))
        say(target)
        return
    for path in write_plots(run, target, wanted, write_whole):
        say(path)


def default_target(runs: list[Run]) -> Path:
    name = "report.html" if len(runs) == 1 else f"report-with-{runs[1].name}.html"
    return runs[0].path / name


def put_text(text: str, out: str | None, usual: Path) -> None:
    """Prints it; with --out writes it, and prints where."""
    if out is None:
        print(text, end="", flush=True)
    else:
        target = file_target(out, usual)
        write_whole(target, text)
        say(target)
