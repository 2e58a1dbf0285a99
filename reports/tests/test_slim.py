"""Drawings lose what a reader does not need, and nothing else."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from labreport.slim import slim

DRAWING = """<svg>
  <g id="d1-axes">
    <defs> <path id="d1-m0123456789" d="M 0 1.5  L 2 3  z " /> </defs>
    <g clip-path="url(#d1-clip)">
      <use href="#d1-m0123456789" x="1" style="fill: red" />
      <use href="#d1-m0123456789" x="2" style="fill: red" />
    </g>
    <g>
      <use href="#d1-m0123456789" x="3" style="fill: red" />
      <use href="#d1-m0123456789" x="4" style="fill: blue" />
    </g>
    <clipPath id="d1-clip"><rect /></clipPath>
    <text>two <tspan>words</tspan> more</text>
  </g>
</svg>"""


def slimmed() -> ElementTree.Element:
    root = ElementTree.fromstring(DRAWING)
    slim(root)
    return root


def test_blanks_go_but_not_those_of_words() -> None:
    text = ElementTree.tostring(slimmed(), encoding="unicode")
    assert "\n" not in text and "> <" not in text.replace("> <tspan", "")
    assert "<text>two <tspan>words</tspan> more</text>" in text
    assert 'd="M0 1.5L2 3z"' in text


def test_references_stay_whole_and_others_go() -> None:
    root = slimmed()
    names = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
    assert len(names) == 2 and all(name.startswith("d1-") for name in names)
    assert {use.attrib["href"][1:] for use in root.iter("use")} < names
    clips = [group.attrib["clip-path"] for group in root.iter("g") if "clip-path" in group.attrib]
    assert [clip.removeprefix("url(#").removesuffix(")") in names for clip in clips] == [True]


def test_a_style_that_all_marks_share_is_their_groups() -> None:
    root = slimmed()
    first = next(group for group in root.iter("g") if "style" in group.attrib)
    assert first.attrib["style"] == "fill: red" and all("style" not in use.attrib for use in first)
    assert [use.attrib["style"] for use in root.iter("use") if "style" in use.attrib] == ["fill: red", "fill: blue"]


GNUPLOT = """<svg>
  <defs> <circle id="d1-dot" r="0.5" /> <path id="d1-cross" d="M-1,0 h2" /> <use id="d1-marks" href="#d1-dot" />
    <style>text { fill: red }</style> </defs>
  <g fill="none" color="blue" stroke="currentColor" stroke-width="1.00"> </g>
  <g fill="none" color="blue" stroke="currentColor" stroke-width="2.40"><g><use href="#d1-marks" /></g></g>
  <g transform="translate(1,2)" stroke="none" fill="grey" font-size="11.00" text-anchor="end"><text>7</text></g>
  <g class="tip"><title>words</title><text transform="rotate(-0 87 60.62)">one</text></g>
  <text transform="rotate(-30 1 2)">two</text>
</svg>"""


def test_definitions_that_nothing_needs_go() -> None:
    root = ElementTree.fromstring(GNUPLOT)
    slim(root)
    kept = root.find("defs")
    assert kept is not None and [child.tag for child in kept] == ["circle", "use", "style"]
    assert kept[1].attrib["href"] == f"#{kept[0].attrib['id']}"


def test_groups_that_hold_or_say_nothing_go() -> None:
    root = ElementTree.fromstring(GNUPLOT)
    slim(root)
    assert [child.tag for child in root] == ["defs", "g", "g", "g", "text"]
    assert [[child.tag for child in group] for group in root.iter("g")] == [["use"], ["text"], ["title", "text"]]


def test_looks_of_a_group_become_one_style() -> None:
    root = ElementTree.fromstring(GNUPLOT)
    slim(root)
    groups = list(root.iter("g"))
    assert groups[0].attrib == {"style": "fill: none; color: blue; stroke: currentColor; stroke-width: 2.4"}
    assert groups[1].attrib == {"transform": "translate(1,2)",
                                "style": "fill: grey; stroke: none; font-size: 11px; text-anchor: end"}


def test_only_turns_by_nothing_go() -> None:
    root = ElementTree.fromstring(GNUPLOT)
    slim(root)
    assert [text.get("transform") for text in root.iter("text")] == [None, None, "rotate(-30 1 2)"]
