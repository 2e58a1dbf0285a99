"""Memory: the peak resident set of every arm on every workload."""

from __future__ import annotations

from labreport.palette import Palette
from labreport.run import MEMORY, Run
from labreport.section import Section
from labreport.sections.speed import leaders, metric_section


def build(run: Run, palette: Palette) -> Section | None:
    words = leaders(run, MEMORY, "smallest")
    return metric_section(run, palette, MEMORY, "memory", "Memory", words)
