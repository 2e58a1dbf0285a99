"""Styles that drawings share are said once, and the page looks the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import Browser
from labreport import looks, page
from labreport.folder import read_folder

OFTEN = "fill: red; stroke: none"
MARK = f'<path style="{OFTEN}" d="M0 0"/>'
TIP = f'<g class="tip" style="{OFTEN}"><b/></g>'
DRAWING = f'<svg viewBox="0 0 1 1" style="{OFTEN}">{MARK * looks.OFTEN}{TIP}WORDS</svg>'
OUTSIDE = f'<p style="{OFTEN}">style="{OFTEN}"</p>'


def test_a_style_that_is_repeated_becomes_a_class() -> None:
    made, rules = looks.share(DRAWING)
    assert rules == f".l0 {{ {OFTEN} }}"
    assert made.count('<path class="l0" d="M0 0"/>') == looks.OFTEN
    assert '<g class="tip l0"><b/></g>WORDS</svg>' in made


def test_the_drawing_itself_and_what_is_around_it_stay() -> None:
    made, _ = looks.share(OUTSIDE + DRAWING + OUTSIDE)
    assert made.startswith(f'{OUTSIDE}<svg viewBox="0 0 1 1" style="{OFTEN}">') and made.endswith(OUTSIDE)


def test_a_rare_style_stays_where_it_is() -> None:
    drawing = f'<svg viewBox="0 0 1 1">{MARK * (looks.OFTEN - 1)}</svg>'
    assert looks.share(drawing + OUTSIDE * looks.OFTEN) == (drawing + OUTSIDE * looks.OFTEN, "")


def test_every_class_of_a_page_has_its_rule(full_page: str) -> None:
    rules = len(re.findall(r"^\.l[0-9a-f]+ \{", full_page, re.MULTILINE))
    assert rules > 10 and page.SHARED_LOOKS not in full_page
    assert f"l{rules - 1:x}" in full_page.split("</style>", 1)[1]


def test_the_page_looks_the_same(browser: Browser, golden: Path, golden_page: str, tmp_path: Path,
                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "share", lambda html: (html, ""))
    plain = page.render(read_folder(golden))
    assert len(plain) > len(golden_page)
    pictures = []
    for name, html in (("shared", golden_page), ("plain", plain)):
        (tmp_path / f"{name}.html").write_text(html)
        browser.open(tmp_path / f"{name}.html", 1024)
        browser.screenshot(tmp_path / f"{name}.png", whole=True)
        pictures.append((tmp_path / f"{name}.png").read_bytes())
    assert pictures[0] == pictures[1]
