"""The command line: which folders, which form, where to, and what is said about it."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from labreport import page, pair
from labreport.bundle import bundle
from labreport.folder import read_folder
from labreport.markdown import markdown
from labreport.plot import FOLDER, picture, terminal_plots, write_plots
from labreport.problem import Problem, Unreadable
from labreport.run import Run
from labreport.sheet import sheet

DONE, FAILED = 0, 1


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="report.py", description="Make the report of a run, or put two runs side by side.",
        epilog="Exit status: 0 written, 1 nothing can be shown or written, 2 wrong usage.")
    parser.add_argument("run", metavar="RUN_DIR", type=Path, help="folder with run.json and samples.jsonl")
    parser.add_argument("other", metavar="RUN_DIR2", type=Path, nargs="?", help="a second run to hold against it")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write here instead of RUN_DIR/report.html")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print the answer and the tables as Markdown")
    form.add_argument("--csv", action="store_true", help="print every comparison and median as CSV")
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
    try:
        runs = [read_folder(path) for path in (asked.run, asked.other) if path is not None]
        for problem in (problem for run in runs for problem in run.problems):
            print(f"report: {problem}", file=sys.stderr)
        if asked.markdown or asked.csv:
            text = "\n".join(sheet(run) if asked.csv else markdown(run) for run in runs)
            return put_text(text, asked.out)
        if asked.plots or asked.term or asked.bundle:
            return make_other(runs[0], asked)
        target = asked.out or default_target(runs)
        write_whole(target, page.render(runs[0]) if len(runs) == 1 else pair.render(runs[0], runs[1]))
        print(target)
        return DONE
    except Unreadable as error:
        print(f"report: {error}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


def make_other(run: Run, asked: argparse.Namespace) -> int:
    """Plots and bundles."""
    wanted = [name for name in asked.workload.split(",") if name]
    if asked.term:
        return put_text(terminal_plots(run, wanted), asked.out)
    if asked.plots and asked.out and asked.out.suffix == ".svg":
        return put_text(picture(run, wanted), asked.out)
    if asked.plots:
        for path in write_plots(run, asked.out or run.path / FOLDER, wanted, write_whole):
            print(path)
        return DONE
    target = asked.out or run.path.resolve().with_name(f"{run.name}.tar.gz")
    write_bytes(target, bundle(run))
    print(target)
    return DONE


def default_target(runs: list[Run]) -> Path:
    name = "report.html" if len(runs) == 1 else f"report-with-{runs[1].name}.html"
    return runs[0].path / name


def put_text(text: str, out: Path | None) -> int:
    if out is None:
        print(text, end="", flush=True)
    else:
        write_whole(out, text)
        print(out)
    return DONE


def write_whole(target: Path, text: str) -> None:
    write_bytes(target, text.encode("utf-8", "replace"))


def write_bytes(target: Path, data: bytes) -> None:
    """A temporary file and a rename, so that no reader ever sees half a report."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise cannot_write(target, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise cannot_write(target, error) from None


def cannot_write(target: Path, error: OSError) -> Unreadable:
    words = f"cannot be written ({error.strerror})"
    return Unreadable(Problem(words, str(target), "give another place with --out FILE"))
