"""What the tests of the report share: folders with runs, made pages, a browser."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from browser import Browser, chromium  # noqa: E402
from labreport import page  # noqa: E402
from labreport.folder import read_folder  # noqa: E402
from synthetic import later_data, make_run, write_run  # noqa: E402

GOLDEN = HERE.parents[1] / "perf" / "schema" / "golden"


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the run that the C tests write and both sides read."""
    target = tmp_path_factory.mktemp("golden") / "run"
    shutil.copytree(GOLDEN, target)
    return target


@pytest.fixture(scope="session")
def golden_page(golden: Path) -> str:
    return page.render(read_folder(golden))


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic run with four phases and every part that later versions bring."""
    run, samples = make_run()
    later_data(run)
    return write_run(tmp_path_factory.mktemp("full") / "run", run, samples)


@pytest.fixture(scope="session")
def full_page(full: Path) -> str:
    return page.render(read_folder(full))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("chromium is not installed, so no page can be shown (Debian: chromium)")
    with Browser() as running:
        yield running
