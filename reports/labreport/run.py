"""A run: everything that one results folder says, as the sections of the report ask for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import geometric_mean
from typing import Any

from labreport.comparison import Comparison
from labreport.estimate import Estimate
from labreport.noise import Noise
from labreport.plan import Arm, Plan
from labreport.problem import Problem
from labreport.sample import Sample

SPEED = "ops_per_sec"
MEMORY = "peak_rss_bytes"
FLOOR = "floor"
ABLATION = "ablate"
AA_MARK = "#aa"
PHASE = re.compile(r"^phase(\d+)$")


@dataclass
class Run:
    path: Path
    raw: dict[str, Any]
    plan: Plan
    estimates: list[Estimate]
    comparisons: list[Comparison]
    noise: list[Noise]
    samples: list[Sample]
    problems: list[Problem] = field(default_factory=list)
    figures_checked: int = 0  # of run.json, which the samples were found to come to

    @property
    def name(self) -> str:
        return self.path.resolve().name

    @property
    def machine(self) -> dict[str, Any]:
        value = self.raw.get("machine")
        return value if isinstance(value, dict) else {}

    def object(self, name: str) -> dict[str, Any]:
        value = self.raw.get(name)
        return value if isinstance(value, dict) else {}

    def array(self, name: str) -> list[Any]:
        value = self.raw.get(name)
        return value if isinstance(value, list) else []

    @cached_property
    def workloads(self) -> list[str]:
        """Planned order first, then whatever else was measured."""
        names = [workload.name for workload in self.plan.workloads]
        names += [estimate.workload for estimate in self.estimates]
        names += [comparison.workload for comparison in self.comparisons]
        seen = set(names[len(self.plan.workloads):]) | {sample.workload for sample in self.samples}
        return [name for name in dict.fromkeys(names) if name in seen]

    @cached_property
    def arms(self) -> list[str]:
        """Every arm but the control (the same allocator twice) and the floor, in planned order."""
        names = [arm.label for arm in self.plan.arms] + [estimate.allocator for estimate in self.estimates]
        return [name for name in dict.fromkeys(names) if not self.is_control(name) and not self.is_floor(name)]

    @cached_property
    def hero(self) -> str | None:
        """Whom the run is about: the candidate with the most contests, the newest phase where that is a draw."""
        rivals: dict[str, set[str]] = {}
        for candidate, baseline in self.contests(SPEED):
            rivals.setdefault(candidate, set()).add(baseline)
        if not rivals:
            candidates = self.phases or self.arms
            return candidates[-1] if candidates else None
        return max(rivals, key=lambda arm: (len(rivals[arm]), self.phases.index(arm) if arm in self.phases else -1))

    @cached_property
    def rivals(self) -> list[str]:
        """The baselines that the hero was compared with, the plan's own baseline first.

        Those of an ablation are parts of the hero itself, which the ablation has a section for.
        """
        found = [baseline for candidate, baseline in self.contests(SPEED) if candidate == self.hero]
        if self.raw.get("kind") == ABLATION and self.plan.baseline in found:
            return [self.plan.baseline]
        return sorted(found, key=lambda label: label != self.plan.baseline)

    @cached_property
    def phases(self) -> list[str]:
        """The arms that are phases of hakmem, oldest first."""
        numbered = [(int(match.group(1)), arm) for arm in self.arms if (match := PHASE.match(arm))]
        return [arm for _, arm in sorted(numbered)]

    @cached_property
    def floor_arm(self) -> str | None:
        names = [arm.label for arm in self.plan.arms] + [estimate.allocator for estimate in self.estimates]
        return next((name for name in names if self.is_floor(name)), None)

    def is_control(self, label: str) -> bool:
        return label == self.plan.aa_arm or AA_MARK in label

    def is_floor(self, label: str) -> bool:
        planned = self.arm(label)
        return label == FLOOR or (planned is not None and planned.kind == FLOOR)

    def shown_name(self, label: str) -> str:
        """The label, and what it is where it is no allocator of its own."""
        if self.is_control(label):
            return f"{label.split('#')[0]} (control)"
        return f"{label} (no allocator)" if self.is_floor(label) else label

    def arm(self, label: str) -> Arm | None:
        return next((arm for arm in self.plan.arms if arm.label == label), None)

    @cached_property
    def _estimates(self) -> dict[tuple[str, str, str], Estimate]:
        return {(row.workload, row.allocator, row.metric): row for row in self.estimates}

    @cached_property
    def _samples(self) -> dict[tuple[str, str], list[Sample]]:
        groups: dict[tuple[str, str], list[Sample]] = {}
        for sample in sorted(self.samples, key=lambda item: (item.round, item.order)):
            if sample.counts:
                groups.setdefault((sample.workload, sample.arm), []).append(sample)
        return groups

    def estimate(self, workload: str, arm: str, metric: str) -> Estimate | None:
        return self._estimates.get((workload, arm, metric))

    def good_samples(self, workload: str, arm: str) -> list[Sample]:
        return self._samples.get((workload, arm), [])

    def values(self, workload: str, arm: str, metric: str) -> list[float]:
        found = (sample.metric(metric) for sample in self.good_samples(workload, arm))
        return [value for value in found if value is not None]

    def noise_of(self, workload: str, metric: str) -> Noise | None:
        return next((row for row in self.noise if (row.workload, row.metric) == (workload, metric)), None)

    def compared(self, metric: str) -> list[Comparison]:
        """The comparisons of two allocators on a metric; the control's own row is the noise floor, not a verdict."""
        return [
            row for row in self.comparisons
            if row.metric == metric and not self.is_control(row.candidate) and not self.is_control(row.baseline)
        ]

    def contests(self, metric: str) -> list[tuple[str, str]]:
        """The pairs (candidate, baseline) that were compared, in the order of run.json."""
        return list(dict.fromkeys((row.candidate, row.baseline) for row in self.compared(metric)))

    def comparison(self, workload: str, metric: str, candidate: str, baseline: str) -> Comparison | None:
        wanted = (workload, metric, baseline, candidate)
        return next((row for row in self.comparisons if row.key == wanted), None)

    def round_ratios(self, workload: str, metric: str, candidate: str, baseline: str) -> list[tuple[int, float]]:
        """The ratio in each round that has both arms; > 1 means that the candidate is better."""
        ours = self._by_round(workload, candidate, metric)
        theirs = self._by_round(workload, baseline, metric)
        upside = -1 if metric == MEMORY else 1
        return [(turn, (ours[turn] / theirs[turn]) ** upside) for turn in sorted(ours) if turn in theirs]

    def _by_round(self, workload: str, arm: str, metric: str) -> dict[int, float]:
        rounds: dict[int, list[float]] = {}
        for sample in self.good_samples(workload, arm):
            value = sample.metric(metric)
            if value is not None:
                rounds.setdefault(sample.round, []).append(value)
        return {turn: geometric_mean(values) for turn, values in rounds.items()}
