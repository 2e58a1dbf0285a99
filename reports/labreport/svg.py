"""Inline SVG: what matplotlib and gnuplot write, made fit to stand inside the page.

Text stays text in the page's own font, colours become CSS variables, identifiers become unique on the page, tool
tips are added, and everything that names a foreign address (metadata, doctype, namespaces) goes.
"""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree

from labreport.palette import Palette
from labreport.slim import slim

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
FONT = re.compile(r"font:\s*(?:(?:italic|oblique)\s+)?(?:(bold|\d{3})\s+)?([\d.]+)px[^;]*")
REFERENCE = re.compile(r"url\(#([^)]+)\)")
LONG_DECIMAL = re.compile(r"(\d+\.\d{2})\d+")
COORDINATES = {"d", "x", "y", "x1", "x2", "y1", "y2", "points", "transform", "cx", "cy", "r", "width", "height"}
_numbers = itertools.count(1)
DROPPED = {f"{SVG}metadata", f"{SVG}title", f"{SVG}desc", f"{SVG}script", f"{SVG}filter"}


def restart_numbers() -> None:
    """For a new page: identifiers are unique on one page, and the same each time it is made."""
    global _numbers
    _numbers = itertools.count(1)


def next_prefix() -> str:
    """What the identifiers of the next drawing on the page begin with."""
    return f"d{next(_numbers)}-"


def inline(source: str, prefix: str, alt: str, palette: Palette, tips: dict[str, str] | None = None) -> str:
    """The drawing as an element of the page; `alt` says in words what it shows."""
    root = ElementTree.fromstring(source)
    drop_foreign(root)
    for element in root.iter():
        clean(element, prefix)
    for element in list(root.iter()):
        add_tip(element, prefix, tips or {})
    slim(root)
    frame(root, alt)
    return palette.themed(ElementTree.tostring(root, encoding="unicode"))


def drop_foreign(root: ElementTree.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in DROPPED or not isinstance(child.tag, str):
                parent.remove(child)


def clean(element: ElementTree.Element, prefix: str) -> None:
    if isinstance(element.tag, str):
        element.tag = element.tag.replace(SVG, "")
    for name, value in list(element.attrib.items()):
        element.attrib[name] = clean_value(name, value, prefix)
    if HREF in element.attrib:
        target = element.attrib.pop(HREF)
        element.set("href", f"#{prefix}{target[1:]}" if target.startswith("#") else "")
    if element.attrib.pop("font-family", "").endswith(":Bold"):
        element.set("font-weight", "bold")


def clean_value(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if name == "style":
        value = FONT.sub(font_style, value)
    if name in COORDINATES:
        value = LONG_DECIMAL.sub(r"\1", value)
    return REFERENCE.sub(rf"url(#{prefix}\1)", value)


def font_style(match: re.Match[str]) -> str:
    weight = f"font-weight: {match.group(1)}; " if match.group(1) else ""
    return f"{weight}font-size: {float(match.group(2)):g}px"


def add_tip(element: ElementTree.Element, prefix: str, tips: dict[str, str]) -> None:
    """A title element is what a browser shows on hover and what assistive software reads."""
    words = tips.get(element.get("id", "").removeprefix(prefix))
    if words is None:
        return
    title = ElementTree.Element("title")
    title.text = words
    element.insert(0, title)
    element.set("class", "tip")


def frame(root: ElementTree.Element, alt: str) -> None:
    box = root.get("viewBox", "0 0 100 100").split()
    for name in ("width", "height", "version", "style", "onload"):
        root.attrib.pop(name, None)
    root.set("class", "chart")
    root.set("style", f"max-width: {float(box[2]) * 1.35:.0f}px")
    root.set("role", "img")
    root.set("aria-label", alt)
