"""The schema check: says when run.json is not what this report was written for, and never stops the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labreport.problem import Problem

KNOWN_SCHEMA = "hakmem-lab/run/1"
SCHEMA_FILE = Path(__file__).resolve().parents[2] / "perf" / "schema" / "run.schema.json"
VIOLATIONS_SHOWN = 3
TOLERATED = {"additionalProperties"}  # a newer lab may say more than this report shows


def schema_problems(raw: dict[str, Any], where: str) -> list[Problem]:
    """What the run violates; a run of another schema is only named, since every violation would follow from that."""
    schema = raw.get("schema")
    if schema != KNOWN_SCHEMA:
        found = f"'{schema}'" if isinstance(schema, str) else "missing"
        words = f"its schema is {found}, this report reads '{KNOWN_SCHEMA}'"
        return [Problem(words, where, "what is understood is shown; make a new run for the rest")]
    return violations(raw, where)


def violations(raw: dict[str, Any], where: str) -> list[Problem]:
    try:
        from jsonschema import Draft202012Validator
        validator = Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
        errors = [error for error in validator.iter_errors(raw) if error.validator not in TOLERATED]
    except (ImportError, OSError, ValueError):
        return []  # the check is an extra: without the library or the schema file every reader still guards itself
    problems = [
        Problem(f"{error.json_path} {error.message[:160]}", where, "the rest is shown")
        for error in errors[:VIOLATIONS_SHOWN]
    ]
    if len(errors) > VIOLATIONS_SHOWN:
        problems.append(Problem(f"{len(errors) - VIOLATIONS_SHOWN} further departures from the schema", where,
                                "the rest is shown"))
    return problems
