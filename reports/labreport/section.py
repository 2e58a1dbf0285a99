"""A section: one question that the page answers, with its evidence.

Each module in labreport/sections has `build(run, palette) -> Section | None` and returns None when the run does not
hold its data. Adding a section is adding a module there and its name to the list in `labreport/sections/__init__.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markupsafe import Markup

ROWS_OPEN = 60  # more are for who looks for one


@dataclass(frozen=True)
class Cell:
    """One cell of a table: what is shown, the plain value that sorting and tests use, the allocator it names."""

    text: str
    value: float | str | None = None
    tone: str = ""
    note: str = ""
    tint: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a head row; the first cell of each row is its heading."""

    head: list[str]
    rows: list[list[Cell]]
    caption: str = ""
    style: str = ""

    @property
    def numeric(self) -> list[bool]:
        """For each column, whether numbers stand in it."""
        columns = zip(*self.rows) if self.rows else [()] * len(self.head)
        return [any(isinstance(cell.value, (int, float)) for cell in column) for column in columns]


@dataclass(frozen=True)
class Drawing:
    """One panel and what it is about, which is also the end of its address on the page."""

    name: str
    svg: Markup

    @property
    def slug(self) -> str:
        return slug(self.name)


@dataclass(frozen=True)
class Chart:
    """A group of panels under one title, with the words that say how to read them."""

    id: str
    title: str
    panels: list[Drawing]
    key: str


@dataclass
class Section:
    id: str
    title: str
    conclusion: str
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    details: list[Table] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    code: list[tuple[str, str]] = field(default_factory=list)
    html: Markup = Markup("")


def folded(table: Table) -> dict[str, list[Table]]:
    """As a section's table, or where it is long among those that open when they are asked for."""
    return {"details" if len(table.rows) > ROWS_OPEN else "tables": [table]}


def drawings(panels: list[tuple[str, str]]) -> list[Drawing]:
    """Drawings are made by this program with every label escaped, so they go into the page as they are."""
    return [Drawing(name, Markup(svg)) for name, svg in panels]


def slug(name: str) -> str:
    """A name as part of an address on the page."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", name)
