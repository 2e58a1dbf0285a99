"""The sections of the page, in reading order: answers first, evidence next, raw data last."""

from __future__ import annotations

from types import ModuleType

from labreport.run import ABLATION, Run
from labreport.sections import (
    ablation,
    board,
    counters,
    drift,
    floor,
    hotpath,
    latency,
    machine,
    memory,
    memory_time,
    pareto,
    phases,
    program,
    ratios,
    reproduce,
    roadmap,
    samples,
    scaling,
    simulated,
    slow_calls,
    speed,
    spread,
    stats,
)

ORDER: list[ModuleType] = [
    roadmap, phases, program, board, speed, scaling, ratios, ablation, hotpath, memory, memory_time, pareto, latency,
    slow_calls, floor, drift, spread, counters, simulated, stats, machine, reproduce, samples,
]

# Of an ablation, whose arms are variants of one allocator: who is fastest or leanest among them is not the question.
ABLATION_ORDER: list[ModuleType] = [ablation, speed, memory, drift, counters, machine, reproduce, samples]


def order_of(run: Run) -> list[ModuleType]:
    return ABLATION_ORDER if run.raw.get("kind") == ABLATION else ORDER
