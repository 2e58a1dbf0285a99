"""Fields: typed, tolerant access to one JSON object of a record that may be damaged, partial or older."""

from __future__ import annotations

import re
from typing import Any, Callable, TypeVar

from labreport.problem import Malformed, Problem

T = TypeVar("T")

FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

LARGEST = 1e18  # 30 years in ns, an exabyte: a larger value is damage, and would overflow the arithmetic of drawings

MALFORMED_SHOWN = 5  # further entries of the same list are only counted, so that one broken writer is one line


class Fields:
    """A JSON object whose fields are asked for by type; a missing or wrong one raises Malformed."""

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict):
            raise Malformed(f"is {kind_of(value)}, not an object")
        self.raw: dict[str, Any] = value

    def text(self, name: str) -> str:
        value = self.raw.get(name)
        if not isinstance(value, str) or not value:
            raise Malformed(f"field '{name}' is {kind_of(value)}, not text")
        return value

    def number(self, name: str) -> float:
        value = finite(self.raw.get(name))
        if value is None:
            raise Malformed(f"field '{name}' is {kind_of(self.raw.get(name))}, not a number")
        return value

    def maybe_text(self, name: str) -> str | None:
        value = self.raw.get(name)
        return value if isinstance(value, str) and value else None

    def maybe_number(self, name: str) -> float | None:
        return finite(self.raw.get(name))

    def count(self, name: str) -> int:
        return int(self.maybe_number(name) or 0)

    def flag(self, name: str) -> bool:
        return self.raw.get(name) is True

    def object(self, name: str) -> dict[str, Any]:
        value = self.raw.get(name)
        return value if isinstance(value, dict) else {}

    def array(self, name: str) -> list[Any]:
        value = self.raw.get(name)
        return value if isinstance(value, list) else []


def finite(value: Any) -> float | None:
    """The number that is there, or None for everything else: null, text, true, infinity, what nothing measures."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if abs(number) <= LARGEST else None


def objects(value: Any, *names: str) -> list[dict[str, Any]]:
    """The objects of a list that hold text in each of these fields."""
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    return [entry for entry in entries if all(isinstance(entry.get(name), str) and entry[name] for name in names)]


def showable(value: Any) -> Any:
    """The same JSON value, its texts without what neither HTML nor SVG may hold: control characters, half pairs."""
    if isinstance(value, str):
        return FORBIDDEN.sub("\ufffd", value)
    if isinstance(value, list):
        return [showable(item) for item in value]
    if isinstance(value, dict):
        return {showable(name): showable(item) for name, item in value.items()}
    return value


def kind_of(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "missing"}
    return names.get(type(value), "a number")


def read_all(values: Any, where: str, read: Callable[[Fields], T], problems: list[Problem]) -> list[T]:
    """Every entry that can be read; the others become problems."""
    if values is None:
        return []
    if not isinstance(values, list):
        problems.append(Problem(f"is {kind_of(values)}, not a list", where, "this part is left out"))
        return []
    good: list[T] = []
    bad: list[str] = []
    for index, value in enumerate(values):
        try:
            good.append(read(Fields(value)))
        except Malformed as error:
            bad.append(f"entry {index} {error}")
    report_bad(bad, where, problems)
    return good


def report_bad(bad: list[str], where: str, problems: list[Problem]) -> None:
    for words in bad[:MALFORMED_SHOWN]:
        problems.append(Problem(words, where, "the entry is left out"))
    if len(bad) > MALFORMED_SHOWN:
        rest = len(bad) - MALFORMED_SHOWN
        problems.append(Problem(f"{rest} more entries are damaged in the same list", where, "they are left out"))
