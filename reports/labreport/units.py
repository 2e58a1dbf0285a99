"""Numbers in words: one way of writing each kind of figure, used by the page, the figures, Markdown and CSV alike."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

MIB = 1 << 20
KIB = 1 << 10
MINUS = "\u2212"

METRIC_NAMES = {"ops_per_sec": "speed", "peak_rss_bytes": "peak memory"}
METRIC_UNITS = {"ops_per_sec": "M ops/sec", "peak_rss_bytes": "MiB"}
METRIC_SCALES = {"ops_per_sec": 1e6, "peak_rss_bytes": float(MIB)}


@dataclass(frozen=True)
class Scale:
    """A unit that suits the size of what is drawn: its name and how much of the plain metric one of it is."""

    unit: str
    size: float

    def of(self, value: float) -> float:
        return value / self.size

    def text(self, value: float) -> str:
        return significant(self.of(value))


def scale_for(metric: str, values: list[float]) -> Scale:
    """M ops/sec, k ops/sec where nothing reaches a million, ops/sec below 1,000; other metrics in their own unit."""
    if metric == "ops_per_sec" and values and max(values) < 1e3:
        return Scale("ops/sec", 1.0)
    if metric == "ops_per_sec" and values and max(values) < METRIC_SCALES[metric]:
        return Scale("k ops/sec", 1e3)
    return Scale(metric_unit(metric), METRIC_SCALES.get(metric, 1.0))


def metric_name(metric: str) -> str:
    return METRIC_NAMES.get(metric, metric.replace("_", " "))


def metric_unit(metric: str) -> str:
    return METRIC_UNITS.get(metric, "")


def scaled(value: float, metric: str) -> float:
    """The value in the unit that figures show."""
    return value / METRIC_SCALES.get(metric, 1.0)


def quantity(value: float | None, metric: str) -> str:
    """A value of a metric without its unit: 16.53 for 16,530,000 ops/sec."""
    return "–" if value is None else significant(scaled(value, metric))


def with_unit(value: float | None, metric: str) -> str:
    return f"{quantity(value, metric)} {metric_unit(metric)}".strip()


def significant(value: float, digits: int = 4) -> str:
    """Plain decimal notation with about this many digits, never an exponent."""
    if value == 0:
        return "0"
    size = abs(value)
    whole = len(str(int(size))) if size >= 1 else 0
    decimals = max(0, digits - whole) if size >= 1 else decimals_below_one(size, digits - 1)
    return signed(f"{value:,.{min(decimals, 2) if size >= 1 else decimals}f}")


def decimals_below_one(size: float, digits: int) -> int:
    zeros = 0
    while size < 0.1 and zeros < 9:
        size, zeros = size * 10, zeros + 1
    return zeros + digits


def signed(text: str) -> str:
    return text.replace("-", MINUS)


def ratio(value: float | None) -> str:
    """1.27 times; three decimals close to 1, where two would hide the difference."""
    if value is None:
        return "–"
    if value >= 10:
        return f"{value:.1f}×"
    near = 0.975 <= value < 1.025
    return f"{value:.3f}×" if near else f"{value:.2f}×"


def ratio_interval(low: float | None, high: float | None) -> str:
    """Both ends with as many decimals as tell them apart, or tell them from 1."""
    if low is None or high is None:
        return ""
    fine = high < 10 and (f"{low:.2f}" == f"{high:.2f}" or 0.975 <= (low * high) ** 0.5 < 1.025)
    digits = 3 if fine else 2
    return f"{low:.{digits}f} to {high:.{digits}f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage: 0.012 gives 1.2 %; a tiny one keeps one digit that is not zero."""
    if share is None:
        return "–"
    value = share * 100
    if abs(value) >= 100:
        digits = 0
    if value != 0 and abs(value) < 10 ** -digits:
        return signed(f"{value:.2g} %")
    return signed(f"{value:.{digits}f} %")


def gain(value: float) -> str:
    """A ratio as a gain: 1.12 gives +12.0 %."""
    change = (value - 1) * 100
    return signed(f"{change:+.1f} %")


def byte_size(value: float | None) -> str:
    if value is None:
        return "–"
    for size, name in ((1 << 30, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if value >= size:
            return f"{significant(value / size, 3)} {name}"
    return f"{value:.0f} B"


def count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listing(names: list[str], last: str = "and") -> str:
    """A list as a sentence has it: a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def sentence(text: str, names: Collection[str] = ()) -> str:
    """Text with a capital at its start, unless one of the names stands there, and a full stop at its end."""
    text = text.strip().rstrip(".")
    if not text:
        return ""
    named = any(re.match(rf"{re.escape(name)}(?![\w-])", text) for name in names)
    return f"{text}." if named else f"{text[0].upper()}{text[1:]}."


def arm_name(label: str) -> str:
    """A variant of hakmem by what sets it apart: phase3-without-direct_cache is phase3 −direct_cache."""
    for word, sign in (("-without-", MINUS), ("-with-", "+")):
        phase, found, features = label.partition(word)
        if found and phase.startswith("phase"):
            return " ".join([phase, *[f"{sign}{feature}" for feature in features.split("-")]])
    return label


def short(text: str, limit: int) -> str:
    """Cut in the middle: long names of variants differ at their ends."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 3
    return f"{text[:head]}…{text[len(text) - (limit - 1 - head):]}"
