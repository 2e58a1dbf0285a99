"""A page taken apart with the standard library: elements, attributes, text and what it would load."""

from __future__ import annotations

from html.parser import HTMLParser

LOADING = {"src", "href", "srcset", "poster", "data", "action", "formaction", "background", "cite", "ping", "manifest"}
EMPTY = {"meta", "link", "br", "img", "input", "hr", "wbr", "use", "path", "rect", "circle"}


class Document(HTMLParser):
    """Collects what the tests ask for; `problems` names what is not well formed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.addresses: list[str] = []
        self.problems: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        self.addresses += [value for name, value in found.items() if name.split(":")[-1] in LOADING]
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in EMPTY:
            return
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> at {self.getpos()} closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self) -> list[float]:
        """Every number that a cell of a table stands for."""
        return [float(found["data-value"]) for _, found in self.elements if "data-value" in found]
