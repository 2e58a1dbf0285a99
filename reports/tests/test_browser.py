"""The page in a real browser: no complaints, nothing loaded, nothing too wide, both themes, print, and the extras."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Browser
from labreport import page
from labreport.folder import read_folder
from synthetic import make_run, write_run

WIDTHS = [360, 1024, 1920]
CONTRAST_LEAST = 4.5  # WCAG AA for text
OVERFLOWING = """
(() => {
  const wide = [];
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest(".scroll, .contents, .hint, .skip, defs, thead")) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.right > innerWidth + 1 || box.left < -1)) wide.push(element.outerHTML.slice(0, 120));
  }
  return wide.slice(0, 5);
})()
"""
SORT = """
(() => {
  const table = document.querySelector("#samples table.data");
  const column = Array.from(table.tHead.rows[0].cells).findIndex((head) => head.textContent === "M ops/sec");
  const head = table.tHead.rows[0].cells[column];
  const read = () => Array.from(table.tBodies[0].rows, (row) => Number(row.cells[column].dataset.value))
    .filter((value) => !Number.isNaN(value));
  head.querySelector("button").click();
  const rising = read();
  head.querySelector("button").click();
  return [head.getAttribute("aria-sort"), rising, read()];
})()
"""
CONTRAST = """
(() => {
  const parse = (text) => {
    const numbers = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith("color(srgb") ? [...numbers.slice(0, 3).map((part) => part * 255), numbers[3] ?? 1]
      : [...numbers.slice(0, 3), numbers[3] ?? 1];
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => part / 255).map((part) =>
      part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let place = element; place; place = place.parentElement) {
      const colour = parse(getComputedStyle(place).backgroundColor);
      if (colour[3] > 0.99) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("p, li, td, th, b, em, small, h1, h2, h3, summary, a, text")) {
    if (!element.textContent.trim() || element.closest("defs, .skip")) continue;
    const style = getComputedStyle(element);
    const colour = parse(element.tagName === "text" ? style.fill : style.color);
    const one = light(colour.slice(0, 3)), other = light(ground(element));
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < LEAST) poor.push(`${contrast.toFixed(2)} ${element.outerHTML.slice(0, 140)}`);
  }
  return poor.slice(0, 5);
})()
""".replace("LEAST", str(CONTRAST_LEAST))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, golden_page: str, full_page: str) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {}
    for name, html in (("golden", golden_page), ("full", full_page)):
        made[name] = folder / f"{name}.html"
        made[name].write_text(html)
    return made


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["golden", "full"])
def test_fits_and_is_quiet(browser: Browser, pages: dict[str, Path], name: str, width: int, dark: bool) -> None:
    browser.open(pages[name], width, dark=dark)
    assert browser.complaints() == []
    assert browser.requests() == [pages[name].resolve().as_uri()]
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_contrast(browser: Browser, pages: dict[str, Path], dark: bool) -> None:
    browser.open(pages["full"], 1440, dark=dark)
    assert browser.evaluate(CONTRAST) == []


def test_answer_and_scoreboard_are_on_the_first_screen(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["golden"], 1440, height=1000)
    bottom = browser.evaluate("document.querySelector('.board').getBoundingClientRect().bottom")
    assert bottom <= 1000


def test_tables_sort(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["golden"], 1440)
    direction, rising, falling = browser.evaluate(SORT)
    assert direction == "descending"
    assert len(rising) > 300 and rising == sorted(rising) and falling == sorted(falling, reverse=True)


def test_hover_shows_the_value(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["golden"], 1440)
    browser.evaluate("document.querySelector('#speed .tip').scrollIntoView({block: 'center', behavior: 'instant'})")
    box = browser.evaluate("(({x, y, width, height}) => [x + width / 2, y + height / 2])"
                           "(document.querySelector('#speed .tip').getBoundingClientRect())")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])
    words = browser.evaluate("[document.querySelector('.hint').hidden, document.querySelector('.hint').textContent]")
    assert words[0] is False
    assert words[1].startswith("phase0: median 24.26 M ops/sec, n = 8, 95 % interval")


def test_a_row_opens_its_evidence(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["golden"], 1440)
    browser.evaluate("document.querySelector('.board tbody a').click()")
    assert browser.evaluate("document.querySelector(':target').querySelector('svg') !== null") is True


def test_keyboard_reaches_the_answer_and_the_tables(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["golden"], 1440)
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert browser.evaluate("document.activeElement.className") == "skip"


def test_works_without_script(browser: Browser, pages: dict[str, Path]) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(pages["golden"], 1440)
        browser.call("DOM.enable")
        root = browser.call("DOM.getDocument", depth=0)["root"]["nodeId"]
        for selector in ("h1", ".board td b", "#samples table tbody tr", ".tip > title", "svg text"):
            assert browser.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"], selector
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_prints(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["golden"], 1024, dark=True, media="print")
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    data = browser.pdf()
    assert data.startswith(b"%PDF-") and len(data) > 50_000


@pytest.mark.parametrize("width", WIDTHS[:2])
def test_contents_that_run_off_the_edge_show_that_there_is_more(
        browser: Browser, full_page: str, tmp_path: Path, width: int) -> None:
    path = tmp_path / "page.html"
    path.write_text(full_page)
    browser.open(path, width)
    hidden, scroll, bar, shadows = browser.evaluate("""(() => {
      const nav = document.querySelector(".contents"), style = getComputedStyle(nav);
      return [nav.scrollWidth - nav.clientWidth, style.overflowX, style.scrollbarWidth,
              style.backgroundImage.split("linear-gradient").length - 1];
    })()""")
    assert hidden > 0 and scroll == "auto"
    assert bar != "none" and shadows == 4


def test_a_long_name_breaks_between_its_parts(browser: Browser, tmp_path: Path) -> None:
    name = "20251123-101500-lab-phase9-with_a_name-as-long-as-somebody-may-want-it"
    folder = write_run(tmp_path / name, *make_run(rounds=3, workloads=["tiny_hot"]))
    path = tmp_path / "page.html"
    path.write_text(page.render(read_folder(folder)))
    browser.open(path, 360)
    lines = browser.evaluate("""(() => {
      const tops = new Map(), range = document.createRange();
      for (const node of document.querySelector(".run-name").childNodes) {
        if (node.nodeType !== Node.TEXT_NODE) continue;
        for (let at = 0; at < node.length; at++) {
          range.setStart(node, at);
          range.setEnd(node, at + 1);
          const top = Math.round(range.getBoundingClientRect().top);
          tops.set(top, (tops.get(top) ?? "") + node.data[at]);
        }
      }
      return Array.from(tops.values());
    })()""")
    assert len(lines) > 1 and "".join(lines).startswith(name)
    assert all(line[-1] in "-_ " for line in lines[:-1])
