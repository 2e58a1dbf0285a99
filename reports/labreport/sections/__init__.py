"""The sections of the page, in reading order: answers first, evidence next, raw data last."""

from __future__ import annotations

from types import ModuleType

from labreport.sections import (
    ablation,
    counters,
    drift,
    floor,
    hotpath,
    latency,
    machine,
    memory,
    pareto,
    phases,
    ratios,
    reproduce,
    roadmap,
    samples,
    simulated,
    speed,
    spread,
    stats,
)

ORDER: list[ModuleType] = [
    roadmap, phases, speed, ratios, ablation, hotpath, memory, pareto, latency, floor, drift, spread, counters,
    simulated, stats, machine, reproduce, samples,
]
