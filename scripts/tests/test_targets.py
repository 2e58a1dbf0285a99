"""The targets that people type refuse what they cannot do, and the README's table is the one that setup reads."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = re.search(r"^VERSION := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]  # type: ignore[index]
SOVERSION = VERSION.split(".")[0]
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


def test_a_misspelt_variable_of_lab_is_named() -> None:
    done = make("lab", "PHAES=1", "QUICK=1")
    assert done.returncode == 2
    assert "PHAES: no such variable; `make help` lists them" in done.stdout


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


@pytest.mark.parametrize(("flag", "sanitizers"), [
    ("-fsanitize=undefined", "undefined"), ("-fsanitize=address,undefined", "address undefined"),
    ("-fsanitize=thread", "thread"), ("-O0", ""),
])
def test_undefined_behaviour_ends_a_test(tmp_path: Path, flag: str, sanitizers: str) -> None:
    """Unless told so, a program that was found wanting goes on, and ends well."""
    shown = make(f"CFLAGS={flag}", "--eval=flags:; @echo $(SANITIZER): $(BASE_CFLAGS) $(CFLAGS)", "flags").stdout
    assert shown.startswith(f"{sanitizers}:")
    (tmp_path / "program.c").write_text("int main(int count, char **unused) { (void)unused; return count << 31 == 0; }")
    subprocess.run(["gcc", *shlex.split(shown.split(":", 1)[1]), "-o", "program", "program.c"], cwd=tmp_path,
                   check=True)
    done = subprocess.run(["./program", "more"], cwd=tmp_path, check=False, capture_output=True, text=True)
    if "undefined" in sanitizers:
        assert done.returncode != 0 and "runtime error: left shift of 2 by 31" in done.stderr
    else:
        assert done.stderr == ""


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
    files = [file for file in prefix.rglob("*") if file.is_file() and not file.is_symlink()]
    assert {str(file.relative_to(prefix)) for file in files} == {
        "lib/libhakmem.a", f"lib/libhakmem.so.{VERSION}", "lib/pkgconfig/hakmem.pc", "include/hakmem.h",
        "share/man/man3/hakmem.3", "share/man/man1/harness.1", "share/bash-completion/completions/harness"}
    assert (prefix / "lib/libhakmem.so").resolve() == prefix / f"lib/libhakmem.so.{VERSION}"
    environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(tmp_path), "LD_LIBRARY_PATH": str(prefix / "lib"),
                   "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    (tmp_path / "program.c").write_text(INSTALLED_PROGRAM)
    subprocess.run("gcc -o program program.c $(pkg-config --cflags --libs hakmem)", shell=True, cwd=tmp_path,
                   env=environment, check=True)
    done = subprocess.run([tmp_path / "program"], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    version, library = done.stdout.splitlines()
    assert version.startswith("hakmem ") and library == str(prefix / f"lib/libhakmem.so.{SOVERSION}")


def test_the_installed_archive_has_no_name_but_the_interface(tmp_path: Path) -> None:
    """A program may have functions of the allocator's inner names."""
    assert make("install", f"DESTDIR={tmp_path}", "PREFIX=/").returncode == 0
    (tmp_path / "program.c").write_text("""#include <stdlib.h>
int span_take, os_map, heap_check, region_init, page_retire, huge_alloc, hakmem_own;
int main(void) { free(malloc(10)); return span_take; }""")
    subprocess.run(["gcc", "-o", "program", "program.c", "lib/libhakmem.a"], cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0


def run_with(**options: str) -> subprocess.CompletedProcess[str]:
    assert make("build/lib/libhakmem.so").returncode == 0
    environment = {**os.environ, **options, "LD_PRELOAD": str(ROOT / "build/lib/libhakmem.so")}
    return subprocess.run(["cat"], input="text", env=environment, capture_output=True, text=True, check=True)


@pytest.mark.parametrize(("setting", "advice"), [
    ("HAKMEM_STATS=maybe", "say 0 or 1"), ("HAKMEM_HUGE_PAGES=", "say 0 or 1"),
    ("HAKMEM_RESERVE=12", "say a size of at least 32M, such as 4G"),
    ("HAKMEM_RESERVE=9999999999999999999999G", "say a size of at least 32M, such as 4G"),
    ("HAKMEM_RESERVE=4Gx", "say a size of at least 32M, such as 4G"),
])
def test_a_wrong_option_is_reported_once_and_ignored(setting: str, advice: str) -> None:
    name, value = setting.split("=")
    done = run_with(**{name: value})
    assert done.stderr == f"hakmem: {setting}: {advice}; ignored\n"
    assert done.stdout == "text"


@pytest.mark.parametrize("setting", ["HAKMEM_STATS=0", "HAKMEM_HUGE_PAGES=1", "HAKMEM_RESERVE=1G", "HAKMEM_ROOT=/"])
def test_a_right_option_is_taken_without_a_word(setting: str) -> None:
    name, value = setting.split("=")
    assert run_with(**{name: value}).stderr == ""


def test_statistics_are_printed_at_exit() -> None:
    assert re.fullmatch(r"hakmem: process \d+: pages in use \d+ bytes, .*\n", run_with(HAKMEM_STATS="1").stderr)


def test_the_reservation_stays_below_its_limit() -> None:
    environment = {**os.environ, "LD_PRELOAD": str(ROOT / "build/lib/libhakmem.so"), "HAKMEM_RESERVE": "1G"}
    done = subprocess.run(["grep", "VmPeak", "/proc/self/status"], env=environment, check=True, capture_output=True,
                          text=True)
    assert int(done.stdout.split()[1]) < 1 << 20, "KiB"


def test_readme_has_the_table_of_packages() -> None:
    rows = [line.split(maxsplit=2) for line in (ROOT / "scripts/packages.txt").read_text().splitlines()
            if line and not line.startswith("#")]
    expected = [f"| `{package}` | {group} | {why} |" for package, group, why in rows]
    shown = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")]
    assert shown == expected
