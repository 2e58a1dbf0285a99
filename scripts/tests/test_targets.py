"""The targets that people type refuse what they cannot do, and the README's table is the one that setup reads."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PHASES = sorted(int(file.stem.removeprefix("phase")) for file in (ROOT / "allocator/phases").glob("phase*.mk"))


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", "--no-print-directory", *arguments], cwd=ROOT, env=environment, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize("phase", ["99", "abc", "%", "0 1", "-1", "01"])
def test_lab_refuses_a_phase_that_is_not_there(tmp_path: Path, phase: str) -> None:
    done = make("lab", f"PHASE={phase}", f"BUILD={tmp_path}/build")
    assert done.returncode == 2
    assert f"PHASE={phase}: no such phase; there are: {' '.join(map(str, PHASES))}" in done.stdout
    assert list(tmp_path.iterdir()) == [], "nothing is built"


@pytest.mark.parametrize("variable", ["QUICK", "NO_SETUP"])
def test_lab_refuses_a_switch_that_is_no_switch(variable: str) -> None:
    done = make("lab", f"{variable}=maybe")
    assert done.returncode == 2
    assert f"{variable}=maybe: say {variable}=1, or leave it out" in done.stdout


@pytest.mark.parametrize(("arguments", "expected"), [
    ([], f"lab --phase {PHASES[-1]}"),
    (["PHASE=0"], "lab --phase 0"),
    (["PHASE=0", "QUICK=1"], "lab --phase 0 --quick"),
    (["QUICK=0"], f"lab --phase {PHASES[-1]}"),
    (["PHASE=1", "WITHOUT=direct_cache"],
     "lab --phase 1 --variant phase1-without-direct_cache"),
])
def test_lab_asks_the_harness(arguments: list[str], expected: str) -> None:
    done = make("--dry-run", "lab", *arguments)
    last = done.stdout.strip().splitlines()[-1]
    assert done.returncode == 0 and last.endswith(f"bin/harness {expected}")


def test_help_names_every_target() -> None:
    shown = re.findall(r"^  (\S+) ", make("help").stdout, re.MULTILINE)
    for target in ("lab", "test", "lint", "format", "help", "clean", "install", "test-bare"):
        assert target in shown


INSTALLED_PROGRAM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <hakmem.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
    Dl_info where;
    dladdr((void *)malloc, &where);
    return printf("%s\n%s\n", hakmem_version_string(), where.dli_fname) < 0;
}
"""


def test_install_serves_a_program(tmp_path: Path) -> None:
    assert make("install", f"DESTDIR={tmp_path}", "PREFIX=/opt/hakmem").returncode == 0
    prefix = tmp_path / "opt/hakmem"
    installed = {str(file.relative_to(prefix)) for file in prefix.rglob("*") if file.is_file()}
    assert installed == {"lib/libhakmem.a", "lib/libhakmem.so", "lib/pkgconfig/hakmem.pc", "include/hakmem.h"}
    environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(tmp_path), "LD_LIBRARY_PATH": str(prefix / "lib"),
                   "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    (tmp_path / "program.c").write_text(INSTALLED_PROGRAM)
    subprocess.run("gcc -o program program.c $(pkg-config --cflags --libs hakmem)", shell=True, cwd=tmp_path,
                   env=environment, check=True)
    done = subprocess.run([tmp_path / "program"], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    version, library = done.stdout.splitlines()
    assert version.startswith("hakmem ") and library == str(prefix / "lib/libhakmem.so")


def test_readme_has_the_table_of_packages() -> None:
    rows = [line.split(maxsplit=2) for line in (ROOT / "scripts/packages.txt").read_text().splitlines()
            if line and not line.startswith("#")]
    expected = [f"| `{package}` | {group} | {why} |" for package, group, why in rows]
    shown = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")]
    assert shown == expected
