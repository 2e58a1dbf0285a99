"""Bundle: one archive with everything that a stranger needs to check a run or to repeat it.

    NAME/report.html       the page          NAME/README.md      what this is, the machine, the commands
    NAME/run.json          the run           NAME/machine.json   the fingerprint: machine and files measured
    NAME/samples.jsonl     every sample      NAME/lib/           the hakmem libraries measured, if they still are what
    NAME/report.md, .csv   the same figures                      was measured
                                             NAME/SHA256SUMS     of all of it: sha256sum -c SHA256SUMS

The same run gives the same bytes: no times of packing, no owners.
"""

from __future__ import annotations

import calendar
import gzip
import hashlib
import io
import json
import tarfile
import time
from pathlib import Path

from labreport import page
from labreport.answer import answer_of
from labreport.folder import LANES_FILE, RUN_FILE, SAMPLES_FILE
from labreport.markdown import markdown
from labreport.problem import Problem, Unreadable
from labreport.run import Run
from labreport.sections import machine as machine_section
from labreport.sections import reproduce
from labreport.sheet import sheet

LIBRARY_LIMIT = 16 << 20  # bytes of one library; a phase has some hundred thousand


def bundle(run: Run) -> bytes:
    """The archive, as .tar.gz."""
    files = contents(run)
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    files["SHA256SUMS"] = sums.encode()
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(f"{run.name}/{name}")
            entry.size, entry.mode, entry.mtime = len(data), 0o644, moment_of(run)
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)


def contents(run: Run) -> dict[str, bytes]:
    files = {name: data for name in (RUN_FILE, SAMPLES_FILE, LANES_FILE) if (data := read(run.path / name)) is not None}
    files |= {
        "report.html": page.render(run).encode("utf-8", "replace"),
        "report.md": markdown(run).encode("utf-8", "replace"),
        "report.csv": sheet(run).encode("utf-8", "replace"),
        "machine.json": (json.dumps(fingerprint(run), indent=1) + "\n").encode(),
    }
    files |= libraries(run)
    files["README.md"] = readme(run, sorted(files)).encode("utf-8", "replace")
    return files


def read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreadable(Problem(f"cannot be read ({error.strerror})", str(path), "check its permissions")) from None


def fingerprint(run: Run) -> dict[str, object]:
    return {
        "machine": run.machine,
        "harness_version": run.raw.get("harness_version"),
        "allocators": [{"label": arm.label, "version": arm.version, "features": arm.features, "path": arm.path,
                        "sha256": arm.sha256} for arm in run.plan.arms],
        "workloads": [{"name": workload.name, "params": workload.params} for workload in run.plan.workloads],
    }


def libraries(run: Run) -> dict[str, bytes]:
    """Ours alone: what is installed comes from its package, and its version and hash are in the fingerprint."""
    found = {}
    for arm in run.plan.arms:
        path = Path(arm.path or "")
        if arm.kind != "phase" or not arm.sha256 or not path.is_file() or path.stat().st_size > LIBRARY_LIMIT:
            continue
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() == arm.sha256:
            found[f"lib/{path.name}"] = data
    return found


def readme(run: Run, names: list[str]) -> str:
    answer = answer_of(run)
    lines = [f"# {run.name}", "", answer.headline, "", answer.evidence, ""]
    lines += [*[f"* {line}" for line in answer.more], ""] if answer.more else []
    lines += ["## What is here", ""]
    lines += [f"* `{name}`" for name in names]
    lines += ["", "`sha256sum -c SHA256SUMS` checks that nothing changed. `report.html` needs nothing but a browser;",
              "`run.json`, `samples.jsonl` and `lanes.jsonl` are the data, in the form that perf/schema of hakmem "
              "describes.", ""]
    section = reproduce.build(run, page.palette_of(run))
    lines += ["## Repeat it", "", "In a checkout of hakmem, after `make`:", ""]
    lines += [line for label, command in (section.code if section else []) for line in
              (f"{label}:", "", f"    {command}", "")]
    own = [name for name in names if name.startswith("lib/")]
    lines += ["The libraries under `lib/` are those measured; the harness takes the path of a library as an allocator:",
              "", f"    ./harness compare ./{own[-1]} mimalloc", ""] if own else []
    lines += ["## Where it was measured", "", machine_section.conclusion(run.machine), ""]
    return "\n".join(lines)


def moment_of(run: Run) -> int:
    """When the run ended; 0 when it does not say."""
    try:
        return calendar.timegm(time.strptime(str(run.raw.get("finished_at"))[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return 0
