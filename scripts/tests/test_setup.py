"""scripts/setup names what is missing, installs only that, and says what to do when it cannot."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1]
TOOLS = ("awk", "cat", "cut", "dirname", "grep", "mktemp", "rm", "sed", "sh", "tail", "env")


class Machine:
    """A made-up Debian: a PATH on which dpkg-query, apt-get and id are ours, and a log of what apt-get was asked."""

    def __init__(self, folder: Path, installed: str, user: int = 0, apt_status: int = 0) -> None:
        self.path = folder / "bin"
        self.path.mkdir()
        self.log = folder / "apt.log"
        for tool in TOOLS:
            (self.path / tool).symlink_to(f"/usr/bin/{tool}")
        self.tool("dpkg-query", f'case " {installed} " in *" $3 "*) echo installed ;; *) exit 1 ;; esac')
        self.tool("apt-get", f'echo "$*" >>"{self.log}"; echo "E: apt said so"; exit {apt_status}')
        self.tool("id", f"echo {user}")

    def tool(self, name: str, body: str) -> None:
        file = self.path / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    def setup(self, *arguments: str, no_setup: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run([SCRIPTS / "setup", *arguments], env={"PATH": str(self.path), "NO_SETUP": no_setup},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


def packages(*groups: str) -> list[str]:
    lines = (SCRIPTS / "packages.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return [row[0] for row in rows if row[1] in groups]


def all_but(missing: str, *groups: str) -> str:
    return " ".join(package for package in packages(*groups) if package != missing)


def test_silent_when_everything_is_there(tmp_path: Path) -> None:
    machine = Machine(tmp_path, all_but("", "core"))
    done = machine.setup()
    assert (done.returncode, done.stdout, machine.asked()) == (0, "", [])


def test_installs_only_what_is_missing_and_says_why(tmp_path: Path) -> None:
    machine = Machine(tmp_path, all_but("libpfm4-dev", "core"))
    done = machine.setup()
    assert done.returncode == 0
    assert "names of hardware events" in done.stdout
    update, install = machine.asked()
    assert update.endswith("update")
    assert install.endswith("--no-install-recommends libpfm4-dev")


def test_groups_are_left_alone_unless_asked_for(tmp_path: Path) -> None:
    machine = Machine(tmp_path, all_but("", "core"))
    assert machine.setup("--peers").returncode == 0
    assert machine.asked()[1].split()[-3:] == packages("peers")


def test_no_setup_lists_and_fails(tmp_path: Path) -> None:
    machine = Machine(tmp_path, all_but("valgrind", "core"))
    done = machine.setup(no_setup="1")
    assert (done.returncode, machine.asked()) == (1, [])
    assert "valgrind" in done.stdout and "gnuplot" not in done.stdout


def test_no_setup_is_content_when_nothing_is_missing(tmp_path: Path) -> None:
    assert Machine(tmp_path, all_but("", "core")).setup(no_setup="1").returncode == 0


def test_neither_root_nor_sudo(tmp_path: Path) -> None:
    machine = Machine(tmp_path, all_but("valgrind", "core"), user=1000)
    done = machine.setup()
    assert (done.returncode, machine.asked()) == (1, [])
    assert "apt-get install --no-install-recommends valgrind" in done.stdout


def test_sudo_is_used_by_others(tmp_path: Path) -> None:
    machine = Machine(tmp_path, all_but("valgrind", "core"), user=1000)
    machine.tool("sudo", 'exec "$@"')
    assert machine.setup().returncode == 0
    assert len(machine.asked()) == 2


def test_failing_apt_is_quoted(tmp_path: Path) -> None:
    done = Machine(tmp_path, all_but("valgrind", "core"), apt_status=100).setup()
    assert done.returncode == 1
    assert "E: apt said so" in done.stdout and "Is there a network" in done.stdout


@pytest.mark.parametrize(("arguments", "no_setup"), [(["--everything"], ""), ([], "maybe")])
def test_wrong_usage(tmp_path: Path, arguments: list[str], no_setup: str) -> None:
    assert Machine(tmp_path, "").setup(*arguments, no_setup=no_setup).returncode == 2


def test_find_python_prefers_the_one_named(tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nexit 0\n")
    fake.chmod(0o755)
    assert find_python(PYTHON=str(fake)).stdout.strip() == str(fake)


def test_find_python_passes_over_one_that_cannot(tmp_path: Path) -> None:
    done = find_python(PYTHON=str(tmp_path / "absent"))
    assert (done.returncode, done.stdout.strip()) == (0, "/usr/bin/python3")


def find_python(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPTS / "find-python"], env={**os.environ, **environment}, stdout=subprocess.PIPE,
                          text=True, check=False)
