"""The palette: one colour and one marker for each allocator, the same in every figure, table and theme.

Phases of hakmem are cool (grey, blues, teals), other allocators warm, so that "ours or theirs" is seen first. The hues
are those of Okabe and Ito, with lightness moved where the original is too faint on its ground. Colour is never the
only sign: every mark is labelled and has a shape of its own.

Figures are drawn with placeholder colours; after drawing, each becomes a CSS variable, so that one figure serves the
light theme, the dark theme and print.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labreport.run import FLOOR, PHASE, Run

# name -> (light, dark), contrast at least 3:1 against the grounds #ffffff and #171a1f
PHASE_COLOURS = [
    ("#7d8590", "#9aa3ae"), ("#2f9bd6", "#6cc1f0"), ("#0063a6", "#3d9be9"), ("#12827c", "#3cc4bb"),
    ("#4b4fa8", "#9a9cf2"), ("#2c7a3f", "#6ccb83"), ("#00798c", "#45c3d6"), ("#5b6b2f", "#b3c46d"),
    ("#38496b", "#a9bbe0"), ("#1b3f8b", "#7f9ff0"), ("#8a5bd0", "#c0a0ff"), ("#4d8f00", "#9be04a"),
    ("#d6006f", "#ff5fae"),
]
PEER_COLOURS = {
    "mimalloc": ("#c84e00", "#ff8b4a"),
    "system": ("#b07c00", "#eab530"),
    "jemalloc": ("#b0558c", "#ee9bcb"),
    "tcmalloc": ("#8a7a00", "#e5d84a"),
    "tbbmalloc": ("#8f2d4d", "#ef7f9f"),
}
SPARE_COLOURS = [("#9c3f2e", "#f59b8a"), ("#7a4fa3", "#c99bf0"), ("#6b5b3e", "#cdb88d"), ("#a8327d", "#f47fcb")]
FLOOR_COLOURS = ("#4c525b", "#c5cad2")
PHASE_MARKERS = ["o", "s", "D", "p", "h", "8", "o", "s", "D", "p", "h", "8", "o"]
PEER_MARKERS = {"mimalloc": "^", "system": "v", "jemalloc": "<", "tcmalloc": ">", "tbbmalloc": "P"}
SPARE_MARKERS = ["X", "*", "d", "H"]

INK, MUTED, GRID, GROUND, BAND, ACCENT = "#fb0001", "#fb0002", "#fb0003", "#fb0004", "#fb0005", "#fb0006"
PLACEHOLDERS = {INK: "--ink", MUTED: "--muted", GRID: "--grid", GROUND: "--card", BAND: "--band", ACCENT: "--accent"}
ARM_PLACEHOLDER = "#fa00{:02x}"
PLACEHOLDER = re.compile(r"#f[ab]00[0-9a-f]{2}", re.IGNORECASE)


@dataclass(frozen=True)
class Tint:
    """How one allocator is drawn."""

    label: str
    index: int
    light: str
    dark: str
    marker: str

    @property
    def placeholder(self) -> str:
        return ARM_PLACEHOLDER.format(self.index)

    @property
    def variable(self) -> str:
        return f"--arm-{self.index}"


class Palette:
    def __init__(self, labels: list[str]) -> None:
        self._tints: dict[str, Tint] = {}
        spare = 0
        for index, label in enumerate(labels):
            colours, marker = fixed_look(label)
            if colours is None:
                colours, marker = SPARE_COLOURS[spare % len(SPARE_COLOURS)], SPARE_MARKERS[spare % len(SPARE_MARKERS)]
                spare += 1
            self._tints[label] = Tint(label, index, *colours, marker)

    def __getitem__(self, label: str) -> Tint:
        return self._tints.get(label, Tint(label, 0, *PHASE_COLOURS[0], "o"))

    def css(self, theme: str) -> str:
        """The variables of a theme, light or dark."""
        tints = self._tints.values()
        return " ".join(f"{tint.variable}: {tint.dark if theme == 'dark' else tint.light};" for tint in tints)

    def marks(self) -> str:
        """The rules of the squares that stand before an allocator's name."""
        indices = sorted({0, *(tint.index for tint in self._tints.values())})
        return " ".join(f".m{index} {{ background: var(--arm-{index}); }}" for index in indices)

    def themed(self, svg: str) -> str:
        """Placeholders replaced by CSS variables."""
        return PLACEHOLDER.sub(lambda match: f"var({self._variable(match.group(0).lower())})", svg)

    def _variable(self, placeholder: str) -> str:
        if placeholder in PLACEHOLDERS:
            return PLACEHOLDERS[placeholder]
        return f"--arm-{int(placeholder[-2:], 16)}"


def fixed_look(label: str) -> tuple[tuple[str, str] | None, str]:
    phase = PHASE.match(label)
    if phase:
        place = int(phase.group(1)) % len(PHASE_COLOURS)
        return PHASE_COLOURS[place], PHASE_MARKERS[place]
    if label == "hakmem":
        return PHASE_COLOURS[2], PHASE_MARKERS[2]
    if label == FLOOR:
        return FLOOR_COLOURS, "d"
    if label in PEER_COLOURS:
        return PEER_COLOURS[label], PEER_MARKERS[label]
    return None, ""


def palette_of(*runs: Run) -> Palette:
    labels = [arm for run in runs for arm in run.arms]
    controls = [arm.label for run in runs for arm in run.plan.arms]
    named = [label for row_run in runs for row in row_run.comparisons for label in (row.baseline, row.candidate)]
    return Palette(list(dict.fromkeys(labels + controls + named)))
