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
    first, second = [group for group in slimmed().iter("g") if group.find("use") is not None]
    assert first.attrib["style"] == "fill: red" and all("style" not in use.attrib for use in first)
    assert "style" not in second.attrib and [use.attrib["style"] for use in second] == ["fill: red", "fill: blue"]
