"""The plan of a run: which workloads, which arms, in what order, how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from labreport.fields import Fields, read_all
from labreport.problem import Problem


@dataclass(frozen=True)
class Workload:
    name: str
    summary: str
    models: str
    params: dict[str, Any]
    program: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Arm:
    label: str
    kind: str
    linkage: str
    path: str
    version: str
    sha256: str
    features: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    workloads: list[Workload] = field(default_factory=list)
    arms: list[Arm] = field(default_factory=list)
    aa_arm: str | None = None
    baseline: str | None = None
    linkage: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


def read_workload(fields: Fields) -> Workload:
    return Workload(
        name=fields.text("name"),
        summary=fields.maybe_text("summary") or "",
        models=fields.maybe_text("models") or "",
        params=fields.object("params"),
        program=fields.object("program"),
    )


def read_arm(fields: Fields) -> Arm:
    return Arm(
        label=fields.text("label"),
        kind=fields.maybe_text("kind") or "",
        linkage=fields.maybe_text("linkage") or "",
        path=fields.maybe_text("path") or "",
        version=fields.maybe_text("version") or "",
        sha256=fields.maybe_text("sha256") or "",
        features=tuple(item for item in fields.array("features") if isinstance(item, str)),
    )


def read_plan(raw: dict[str, Any], where: str, problems: list[Problem]) -> Plan:
    fields = Fields(raw)
    return Plan(
        workloads=read_all(raw.get("workloads"), f"{where} plan.workloads", read_workload, problems),
        arms=read_all(raw.get("allocators"), f"{where} plan.allocators", read_arm, problems),
        aa_arm=fields.maybe_text("aa_arm"),
        baseline=fields.maybe_text("baseline"),
        linkage=fields.maybe_text("linkage") or "",
        raw=raw,
    )
