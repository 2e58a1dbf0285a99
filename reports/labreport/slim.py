"""Inline SVG without what a reader does not need: a report of many arms has ten thousand marks, and stays under 5 MiB.

The drawing looks the same: blanks between elements, blanks in paths, identifiers that nothing refers to, and styles
that all marks of a group repeat go.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

TEXT = {"text", "tspan", "title"}
REFERENCE = re.compile(r"#([\w.-]+)")
PATH_BLANKS = re.compile(r"\s*([A-Za-z])\s*")


def slim(root: ElementTree.Element) -> None:
    """Of a drawing whose identifiers and tips are in place already."""
    referred = references(root)
    for element in root.iter():
        drop_blanks(element)
        if element.get("id") not in referred:
            element.attrib.pop("id", None)
        if "d" in element.attrib:
            element.set("d", PATH_BLANKS.sub(r"\1", element.attrib["d"]).strip())
        hoist_style(element)
    shorten_names(root, referred)


def references(root: ElementTree.Element) -> set[str]:
    """Identifiers that some attribute names, as #identifier or url(#identifier)."""
    return {name for element in root.iter() for value in element.attrib.values() for name in REFERENCE.findall(value)}


def shorten_names(root: ElementTree.Element, referred: set[str]) -> None:
    """Identifiers keep the part that makes them unique on the page, up to the hyphen, and are numbered behind it."""
    names = [element.attrib["id"] for element in root.iter() if element.get("id") in referred]
    short = {name: f"{name.partition('-')[0]}-{number:x}" for number, name in enumerate(names)}
    for element in root.iter():
        for attribute, value in element.attrib.items():
            element.set(attribute, REFERENCE.sub(lambda match: "#" + short.get(match[1], match[1]), value))
        if "id" in element.attrib:
            element.set("id", short[element.attrib["id"]])


def drop_blanks(element: ElementTree.Element) -> None:
    if element.tag in TEXT:
        return
    if not (element.text or "").strip():
        element.text = None
    for child in element:
        if not (child.tail or "").strip():
            child.tail = None


def hoist_style(group: ElementTree.Element) -> None:
    """Marks inherit from their group what all of them say."""
    styles = {child.get("style") for child in group}
    if group.tag != "g" or len(group) < 2 or len(styles) != 1 or "style" in group.attrib:
        return
    style = styles.pop()
    if style is None or any(child.tag != "use" for child in group):
        return
    group.set("style", style)
    for child in group:
        del child.attrib["style"]
