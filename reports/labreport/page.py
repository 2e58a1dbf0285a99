"""The page: answer, notices, scoreboard and sections put together as one HTML file that needs nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from labreport import looks
from labreport.answer import answer_of
from labreport.notice import notices_of
from labreport.palette import Palette, palette_of
from labreport.run import Run
from labreport.scoreboard import boards_of
from labreport.section import Section, slug
from labreport.sections import order_of
from labreport.svg import restart_numbers

TEMPLATES = Path(__file__).resolve().parent / "templates"
SHARED_LOOKS = "/*shared-looks*/"  # the place in the style sheet for what drawings share
EXACT_WHOLE = 2 ** 53  # numbers below are exact when whole
LONG_NAME = 20  # characters; shorter ones move to the next line whole


def environment() -> Environment:
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.globals["slug"] = slug
    made.filters["plain"] = plain
    made.filters["breakable"] = breakable
    made.filters["long_names"] = long_names
    made.filters["with_code"] = with_code
    return made


def sections_of(run: Run, palette: Palette) -> list[Section]:
    return [section for module in order_of(run) if (section := module.build(run, palette)) is not None]


def render(run: Run) -> str:
    """The page of one run."""
    palette = palette_of(run)
    restart_numbers()
    values: dict[str, Any] = {
        "name": run.name,
        "moment": moment(str(run.raw.get("started_at") or "")),
        "title": f"{run.name}: hakmem lab report",
        "answer": answer_of(run),
        "notices": [("", notices_of(run))] if notices_of(run) else [],
        "boards": boards_of(run),
        "sections": sections_of(run, palette),
        "palette": palette,
    }
    return write(values, palette)


def write(values: dict[str, Any], palette: Palette) -> str:
    """The template filled in."""
    page, rules = looks.share(environment().get_template("run.html").render(**values, **assets(palette)))
    return page.replace(SHARED_LOOKS, rules, 1)


def assets(palette: Palette) -> dict[str, Markup]:
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    style = style.replace("/*arms-light*/", palette.css("light")).replace("/*arms-dark*/", palette.css("dark"))
    style = style.replace("/*arm-marks*/", palette.marks())
    script = (TEMPLATES / "extras.js").read_text(encoding="utf-8")
    return {"style": Markup(style), "script": Markup(script)}


def plain(value: float) -> str:
    """A cell's value for sorting, exact: 12, not 12.0."""
    return str(int(value)) if value == int(value) and abs(value) < EXACT_WHOLE else str(value)


def breakable(name: str) -> Markup:
    """A name that may break after an underscore or a hyphen."""
    return Markup("").join(part + Markup("<wbr>") if part in ("_", "-") else part
                           for part in re.split("([_-])", name))


def long_names(text: str) -> Markup:
    """Text whose long words, such as names of folders, break between their parts rather than anywhere."""
    return Markup(" ").join(breakable(word) if len(word) > LONG_NAME else word for word in text.split(" "))


def with_code(text: str) -> Markup:
    """Text in which `backticks` mark what is typed."""
    parts = text.split("`")
    marked = [Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)]
    return Markup("").join(marked)


def moment(text: str) -> str:
    """2026-01-31T10:15:00.123Z as 2026-01-31 10:15 UTC; other texts as they are."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[:.\d]*Z", text)
    return f"{found.group(1)} {found.group(2)} UTC" if found else text
