"""Looks: styles that many marks of the page share are said once, as classes; a report of many arms repeats few of them
five thousand times.

Only what is inside drawings is looked at. A style that occurs a few times stays where it is. The rules name nothing but
the class: what a `use` shows is for the browser outside of the drawing that defines it.
"""

from __future__ import annotations

import re
from collections import Counter

INSIDE = re.compile(r"(?<=<svg )([^>]*>)(.*?)(?=</svg>)", re.DOTALL)
ELEMENT = re.compile(r"<[a-z]\w*\b[^>]*>")
STYLE = re.compile(r' style="([^"]*)"')
CLASS = re.compile(r' class="([^"]*)"')
OFTEN = 8  # a class and its rule are shorter than so many repetitions of the shortest style


def share(page: str) -> tuple[str, str]:
    """The page with classes instead of styles that its drawings repeat, and the rules that give them their looks."""
    counts = Counter(style for _, inside in INSIDE.findall(page) for style in STYLE.findall(inside))
    names = {style: f"l{number:x}" for number, (style, count) in enumerate(counts.most_common()) if count >= OFTEN}
    page = INSIDE.sub(lambda found: found[1] + ELEMENT.sub(lambda element: renamed(element[0], names), found[2]), page)
    return page, "\n".join(f".{name} {{ {style} }}" for style, name in names.items())


def renamed(element: str, names: dict[str, str]) -> str:
    """An element with the class of its style, beside classes that it has."""
    style = STYLE.search(element)
    if style is None or style[1] not in names:
        return element
    bare = element.replace(style[0], "", 1)
    old = CLASS.search(bare)
    if old is None:
        return element.replace(style[0], f' class="{names[style[1]]}"', 1)
    return bare.replace(old[0], f' class="{old[1]} {names[style[1]]}"', 1)
