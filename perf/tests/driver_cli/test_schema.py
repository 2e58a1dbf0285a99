"""The schemas themselves: the golden example keeps to them, and they refuse what must never be written."""

from __future__ import annotations

import copy
import json

import jsonschema
import pytest

from conftest import SCHEMAS, load


def checker(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_golden_example_is_valid() -> None:
    run, samples = load(SCHEMAS / "golden")
    assert {sample["state"] for sample in samples} == {"ok", "failed", "gated"}
    assert run["failures"]


def golden_sample() -> dict:
    _, samples = load(SCHEMAS / "golden")
    return copy.deepcopy(next(sample for sample in samples if sample["state"] == "ok"))


def test_a_record_alone_is_valid() -> None:
    """What a workload program writes, before the driver has added to it."""
    added = ("allocator_label", "arm", "round", "order", "started_at", "state", "reason", "wall_ns", "exit_status",
             "signal", "steal_ns")
    record = {name: value for name, value in golden_sample().items() if name not in added}
    checker("sample.schema.json").validate(record)


def test_a_counter_that_was_not_counted_is_null_with_a_reason() -> None:
    sample = golden_sample()
    sample["counters"] = [{"name": "cycles", "state": "unavailable", "value": 0, "coverage": None, "reason": "no PMU"}]
    with pytest.raises(jsonschema.ValidationError):
        checker("sample.schema.json").validate(sample)
    sample["counters"][0].update(value=None, reason=None)
    with pytest.raises(jsonschema.ValidationError):
        checker("sample.schema.json").validate(sample)


@pytest.mark.parametrize("field", ["elapsed_ns", "peak_rss_bytes", "checksum", "allocator", "pin", "wall_ns"])
def test_a_good_sample_lacks_nothing(field: str) -> None:
    sample = golden_sample()
    del sample[field]
    with pytest.raises(jsonschema.ValidationError):
        checker("sample.schema.json").validate(sample)


def test_a_failed_sample_has_a_reason() -> None:
    sample = golden_sample()
    sample.update(state="failed", reason=None)
    with pytest.raises(jsonschema.ValidationError):
        checker("sample.schema.json").validate(sample)
