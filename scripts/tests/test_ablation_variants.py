"""Every variant that an ablation asks for can be built: it exists, and has what its features need."""

from __future__ import annotations

import functools
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PHASES = sorted(int(file.stem.removeprefix("phase")) for file in (ROOT / "allocator/phases").glob("phase*.mk"))


@functools.cache
def lines_of(target: str) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", "--no-print-directory", "-s", target], cwd=ROOT, env=environment, check=True,
                          capture_output=True, text=True).stdout.split()


def features_of_phase(phase: int) -> set[str]:
    text = (ROOT / f"allocator/phases/phase{phase}.mk").read_text()
    added = re.findall(r"^FEATURES \+?:?= ?(.*)$", text, re.MULTILINE)
    before = features_of_phase(phase - 1) if phase > 0 else set()
    return before | {name for line in added for name in line.split()}


def features_of(variant: str) -> set[str]:
    phase, _, change = re.fullmatch(r"phase(\d+)(-(.*))?", variant).groups()  # type: ignore[union-attr]
    features = features_of_phase(int(phase))
    if change is None:
        return features
    how, _, names = change.partition("-")
    return features - set(names.split("-")) if how == "without" else features | set(names.split("-"))


def needs() -> dict[str, set[str]]:
    """As the allocator's own assertions have it."""
    text = (ROOT / "allocator/hakmem_config.h").read_text()
    found = re.findall(r"static_assert\(!HAKMEM_USE_(\w+) \|\| ([^,]*),", text)
    return {name.lower(): {need.lower() for need in re.findall(r"HAKMEM_USE_(\w+)", all_of)} for name, all_of in found}


def test_the_assertions_are_found() -> None:
    assert needs()["growing_spans"] == {"large_spans", "resize_in_place"}


@pytest.mark.parametrize("variant", lines_of("ablation-names"))
def test_a_variant_has_what_its_features_need(variant: str) -> None:
    features = features_of(variant)
    lacking = {name: need - features for name, need in needs().items() if name in features and need - features}
    assert not lacking


@pytest.mark.parametrize("phase", PHASES)
def test_what_is_asked_for_exists(phase: int) -> None:
    known = {f"phase{number}" for number in PHASES} | set(lines_of("ablation-names"))
    asked = {variant for line in lines_of(f"ablation-questions-{phase}") for variant in line.split(":")[2:]}
    assert asked <= known


@pytest.mark.parametrize("phase", PHASES)
def test_each_feature_is_in_one_group(phase: int) -> None:
    questions = [line.split(":") for line in lines_of(f"ablation-questions-{phase}")]
    groups = [names.split("+") for kind, names, *_ in questions if kind == "group"]
    assert sorted(name for group in groups for name in group) == sorted(features_of_phase(phase))
