"""Hot paths: the instructions that one warm malloc and one warm free execute, phase by phase, differences marked.

Reads `census` of run.json: [{"allocator", "op", "size", "instructions", "loads", "stores", "branches", "atomics",
"lines", "code_lines", "calls", "calls_alike", "steps": [{"function", "text", "marks"}]}].

Two instructions count as the same when they are equal but for registers, addresses and offsets: those move from build
to build without a change of work.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

from markupsafe import Markup

from labreport.fields import finite, objects
from labreport.palette import Palette
from labreport.run import Run
from labreport.section import Cell, Section, Table, folded
from labreport.units import count, listing

OPS = ("malloc", "free", "remote_free")
LISTED = ("malloc", "free")
FIGURES = {"instructions": "instructions", "loads": "loads", "stores": "stores", "branches": "branches",
           "atomics": "atomics", "lines": "data lines", "code_lines": "code lines"}
REGISTER = re.compile(r"\b(?:[re]?[abcd]x|[abcd][lh]|[re]?(?:[sd]i|[sb]p)|[sd]il|[sb]pl|r\d+[dwb]?|x\d+|w\d+)\b")
NUMBER = re.compile(r"0x[0-9a-f]+|\b\d+\b")
TARGET = re.compile(r"^((?:j\w+|call|loop\w*|b\.?\w*|cbn?z|tbn?z)\s.*)0x[0-9a-f]+$")
LANDING = "\\1…"

Row = dict[str, Any]


def build(run: Run, palette: Palette) -> Section | None:
    rows = [row for row in objects(run.raw.get("census"), "allocator", "op")
            if finite(row.get("instructions")) is not None]
    if not rows:
        return None
    html = Markup("").join(listings(run, rows, op) for op in LISTED)
    return Section("hotpath", "Hot paths", conclusion(run, rows), html=html, **folded(numbers(rows)))


def row_of(rows: list[Row], arm: str, op: str) -> Row | None:
    return next((row for row in rows if (row["allocator"], row["op"]) == (arm, op)), None)


def pair_length(rows: list[Row], arm: str) -> float | None:
    """Instructions of a malloc and a free together."""
    found = [row_of(rows, arm, op) for op in LISTED]
    lengths = [finite(row["instructions"]) for row in found if row is not None]
    return sum(length for length in lengths if length is not None) if len(lengths) == len(LISTED) else None


def conclusion(run: Run, rows: list[Row]) -> str:
    arms = [arm for arm in run.arms if pair_length(rows, arm) is not None]
    phases = [arm for arm in run.phases if arm in arms]
    parts = []
    if len(phases) > 1:
        first, last = (pair_length(rows, arm) or 0 for arm in (phases[0], phases[-1]))
        parts.append(f"A warm malloc and free execute {first:.0f} instructions in {phases[0]} and {last:.0f} in "
                     f"{phases[-1]}")
    others = [f"{pair_length(rows, arm):.0f} in {arm}" for arm in arms if arm not in phases]
    if others:
        parts.append(("others: " if parts else "Instructions of a warm malloc and free: ") + ", ".join(others))
    words = "; ".join(parts) or "Instructions of single calls"
    return (f"{words}. Exact counts by single-stepping, on blocks of {rows[0].get('size')} bytes; no statement about "
            "time.")


def numbers(rows: list[Row]) -> Table:
    table = []
    for op in OPS:
        for row in (row for row in rows if row["op"] == op):
            arm = str(row["allocator"])
            figures = [finite(row.get(name)) for name in FIGURES]
            alike = f"{row.get('calls_alike', '?')} of {row.get('calls', '?')}"
            table.append([Cell(op.replace("_", " "), op), Cell(arm, arm, tint=arm),
                          *[Cell("–" if value is None else f"{value:.0f}", value) for value in figures], Cell(alike)])
    return Table(["call", "allocator", *FIGURES.values(), "calls alike"], table, "One warm call, counted exactly")


def listings(run: Run, rows: list[Row], op: str) -> Markup:
    """A listing for each phase against the one before it, and for the newest phase against each rival."""
    listed = [arm for arm in run.arms if (row := row_of(rows, arm, op)) is not None and row.get("steps")]
    phases = [arm for arm in run.phases if arm in listed]
    runs = alike(rows, op, phases)
    before = [None, *(same[-1] for same in runs)]
    blocks = [block(rows, op, old, same) for old, same in zip(before, runs)]
    blocks += [block(rows, op, None, [arm]) for arm in listed if arm not in phases]
    if not blocks:
        return Markup("")
    key = Markup("<p class=key>− gone, + new against the phase before; L loads, S stores, b branches, A is atomic. "
                 "Registers and addresses do not count as differences.</p>")
    return Markup("<h3>{}, instruction by instruction</h3>{}{}").format(op, key, Markup("").join(blocks))


def alike(rows: list[Row], op: str, phases: list[str]) -> list[list[str]]:
    """The phases in runs of the same instructions."""
    runs: list[list[str]] = []
    for arm in phases:
        steps = [shape(step) for step in steps_of(row_of(rows, arm, op))]
        if runs and steps == [shape(step) for step in steps_of(row_of(rows, runs[-1][0], op))]:
            runs[-1].append(arm)
        else:
            runs.append([arm])
    return runs


def block(rows: list[Row], op: str, old: str | None, same: list[str]) -> Markup:
    """The listing of the first of some phases that are the same."""
    new = same[0]
    after = steps_of(row_of(rows, new, op))
    before = steps_of(row_of(rows, old, op)) if old else None
    if before is None:
        lines = [(" ", step) for step in after]
        words = f"{new}: {count(len(after), 'instruction')}"
    else:
        lines = difference(before, after)
        gone, added = (sum(sign == wanted for sign, _ in lines) for wanted in "−+")
        words = f"{new} against {old}: {count(len(after), 'instruction')}, {gone} gone, {added} new"
    words += f"; the same in {listing(same[1:])}" if len(same) > 1 else ""
    body = Markup("\n").join(line(sign, step) for sign, step in lines)
    return Markup("<details class=listing><summary>{}</summary><pre tabindex=0>{}</pre></details>").format(words, body)


def steps_of(row: Row | None) -> list[Row]:
    return objects(row.get("steps"), "text") if row else []


def shape(step: Row) -> str:
    """An instruction without what moves from build to build."""
    return NUMBER.sub("#", REGISTER.sub("r", str(step["text"])))


def difference(before: list[Row], after: list[Row]) -> list[tuple[str, Row]]:
    old, new = [shape(step) for step in before], [shape(step) for step in after]
    lines: list[tuple[str, Row]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [(" ", step) for step in after[c:d]]
        else:
            lines += [("−", step) for step in before[a:b]] + [("+", step) for step in after[c:d]]
    return lines


def line(sign: str, step: Row) -> Markup:
    marks = str(step.get("marks") or "")
    text = f"{sign} {marks:<4} {TARGET.sub(LANDING, str(step['text']))}"
    tag = {"+": "ins", "−": "del"}.get(sign)
    return Markup("<{0}>{1}</{0}>").format(Markup(tag), text) if tag else Markup("{}").format(text)
