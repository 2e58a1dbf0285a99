"""Inline SVG without what a reader does not need: a report of many arms has ten thousand marks, and stays under 5 MiB.

The drawing looks the same: blanks between elements, blanks in paths, identifiers and definitions that nothing refers
to, groups that hold or say nothing, turns by nothing, and styles that all marks of a group repeat go.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

TEXT = {"text", "tspan", "title"}
REFERENCE = re.compile(r"#([\w.-]+)")
PATH_BLANKS = re.compile(r"\s*([A-Za-z])\s*")
NO_TURN = re.compile(r"rotate\(-?0(?:\.0+)?[\s,)]")
LOOKS = ("fill", "color", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray",
         "font-size", "font-weight", "text-anchor")
LOOKS_FEW = 2  # attributes; more are shorter as one style, which the page says once for all drawings


def slim(root: ElementTree.Element) -> None:
    """Of a drawing whose identifiers and tips are in place already."""
    drop_definitions(root)
    referred = references(root)
    for element in root.iter():
        drop_blanks(element)
        if element.get("id") not in referred:
            element.attrib.pop("id", None)
        if "d" in element.attrib:
            element.set("d", PATH_BLANKS.sub(r"\1", element.attrib["d"]).strip())
        if NO_TURN.match(element.get("transform", "")):
            del element.attrib["transform"]
        hoist_style(element)
        join_looks(element)
    drop_groups(root)
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


def drop_definitions(root: ElementTree.Element) -> None:
    """Those that are not referred to, and then those that only these referred to."""
    while True:
        referred = references(root)
        unused = [(defs, child) for defs in root.iter("defs") for child in defs
                  if child.tag != "style" and not any(inner.get("id") in referred for inner in child.iter())]
        if not unused:
            return
        for defs, child in unused:
            defs.remove(child)


def drop_groups(parent: ElementTree.Element) -> None:
    """Groups without content, and groups around their content that say nothing of it."""
    for place in reversed(range(len(parent))):
        child = parent[place]
        drop_groups(child)
        if child.tag == "g" and (not child.attrib or len(child) == 0 and "id" not in child.attrib):
            parent[place:place + 1] = list(child)


def join_looks(group: ElementTree.Element) -> None:
    """A group that says in many attributes how its marks look, as gnuplot's do, says it in one style."""
    looks = {name: group.attrib[name] for name in LOOKS if name in group.attrib}
    if group.tag != "g" or len(looks) <= LOOKS_FEW or "style" in group.attrib:
        return
    for name in looks:
        del group.attrib[name]
    group.set("style", "; ".join(f"{name}: {look(name, value)}" for name, value in looks.items()))


def look(name: str, value: str) -> str:
    """An attribute's value as that of a style: sizes of text have a unit there."""
    if name == "font-size":
        return f"{float(value):g}px"
    return f"{float(value):g}" if name == "stroke-width" else value


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
