"""Samples: every process of the run in a sortable table, and both files of the run to save from the page."""

from __future__ import annotations

import base64
import gzip
import json

from markupsafe import Markup, escape

from labreport.palette import Palette
from labreport.run import Run
from labreport.sample import Sample
from labreport.section import Cell, Section, Table
from labreport.units import byte_size, count, quantity, significant

ROWS_LIMIT = 4000  # about 1.5 MiB of table; the file to save always holds all
SAVE_LIMIT_BYTES = 2 << 20  # of the page, for the packed samples


def build(run: Run, palette: Palette) -> Section | None:
    if not run.samples:
        return None
    return Section("samples", "Samples", conclusion(run), details=[table(run)], html=saves(run))


def conclusion(run: Run) -> str:
    states = [sample.state for sample in run.samples]
    counted = sum(sample.counts for sample in run.samples)
    parts = [count(counted, "sample counts", "samples count")]
    warm = sum(sample.ok and not sample.counts for sample in run.samples)
    parts += [f"{warm} warmed up"] if warm else []
    parts += [f"{states.count(state)} {state}" for state in dict.fromkeys(states) if state != "ok"]
    checked = f" {run.figures_checked:,} figures of run.json were worked out from them once more, and agree."
    words = f"{count(len(states), 'process', 'processes')}: {', '.join(parts)}."
    return words + (checked if run.figures_checked else "")


def table(run: Run) -> Table:
    head = ["order", "round", "workload", "arm", "state", "M ops/sec", "elapsed (ms)", "user (ms)", "kernel (ms)",
            "minor faults", "forced switches", "peak RSS", "reason"]
    rows = [row(sample) for sample in run.samples[:ROWS_LIMIT]]
    whole_table = len(run.samples) <= ROWS_LIMIT
    return Table(head, rows, "Every sample" if whole_table else f"The first {ROWS_LIMIT} of {len(run.samples)} samples")


def row(sample: Sample) -> list[Cell]:
    speed, peak = sample.metric("ops_per_sec"), sample.metric("peak_rss_bytes")
    return [
        Cell(str(sample.order), sample.order), Cell(str(sample.round), sample.round),
        Cell(sample.workload, sample.workload), Cell(sample.arm, sample.arm, tint=sample.arm.split("#")[0]),
        Cell(sample.state, sample.state, tone="" if sample.ok else "bad"), Cell(quantity(speed, "ops_per_sec"), speed),
        *[milliseconds(sample, name) for name in ("elapsed_ns", "cpu_user_ns", "cpu_system_ns")],
        *[whole(sample, name) for name in ("minor_faults", "involuntary_switches")],
        Cell(byte_size(peak), peak), Cell(sample.reason or "", sample.reason or ""),
    ]


def milliseconds(sample: Sample, name: str) -> Cell:
    value = sample.field(name)
    return Cell("–" if value is None else significant(value / 1e6), value)


def whole(sample: Sample, name: str) -> Cell:
    value = sample.field(name)
    return Cell("–" if value is None else f"{value:,.0f}", value)


def saves(run: Run) -> Markup:
    """Links that hold the data themselves, so that the page alone is enough to check it."""
    lines = "".join(json.dumps(sample.raw, separators=(",", ":")) + "\n" for sample in run.samples)
    links = [save_link("samples.jsonl.gz", lines), save_link("run.json.gz", json.dumps(run.raw, indent=1))]
    return Markup("<p class='saves'>Save the data: {}</p>").format(Markup(" · ").join(filter(None, links)))


def save_link(name: str, text: str) -> Markup | None:
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    if len(packed) > SAVE_LIMIT_BYTES:
        return None
    return Markup("<a download='{}' href='data:application/gzip;base64,{}'>{}</a>").format(name, packed, escape(name))
