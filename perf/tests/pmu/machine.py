"""A machine with performance counters: Debian's arm64 kernel under qemu-system-aarch64, whose PMU counts exactly.

`run_machine` boots it with the cross-built lab in its memory (perf/pmu.mk builds it), runs commands there one after the
other and powers it off. There is no shell and no disk: perf/tests/pmu/init.c is the first process.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(os.environ.get("HAKMEM_ROOT", Path(__file__).resolve().parents[3])).resolve()
FOREIGN_BUILD = ROOT / os.environ.get("FOREIGN_BUILD", "build/flavour/aarch64-linux-gnu-gcc")
FOREIGN_ROOT = ROOT / os.environ.get("FOREIGN_ROOT", "build/arm64/root")
LIBC = Path("/usr/aarch64-linux-gnu/lib")
LIMIT_S = 240
NEWC_MAGIC = "070701"  # cpio's format for an initramfs: Documentation/driver-api/early-userspace/buffer-format.rst
FOLDER_MODE, FILE_MODE, DEVICE_MODE = 0o040755, 0o100755, 0o020600
CONSOLE_DEVICE = (5, 1)


@dataclass
class Ended:
    """What a command printed (both streams), and its exit status; a signal's number is negative."""

    status: int
    output: str


@dataclass
class Command:
    """A program of the machine with its arguments, and the user that runs it (0: root)."""

    name: str
    line: str
    user: int = 0


class Archive:
    """An initramfs in the making."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.folders: set[str] = set()

    def entry(self, name: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)) -> None:
        encoded = name.encode() + b"\0"
        fields = [len(self.parts) + 1, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(encoded), 0]
        head = (NEWC_MAGIC + "".join(f"{field:08x}" for field in fields)).encode() + encoded
        self.parts += [pad(head), pad(content)]

    def file(self, name: str, content: bytes) -> None:
        """A file, executable, and the folders above it."""
        for folder in reversed(Path(name).parents):
            if folder != Path(".") and str(folder) not in self.folders:
                self.folders.add(str(folder))
                self.entry(str(folder), FOLDER_MODE)
        self.entry(name, FILE_MODE, content)

    def bytes(self) -> bytes:
        self.entry("TRAILER!!!", 0)
        return b"".join(self.parts)


def pad(content: bytes) -> bytes:
    return content + b"\0" * (-len(content) % 4)


def add_libraries(archive: Archive) -> None:
    """Every library that a cross-built program can ask for, where its loader looks."""
    wanted = ["ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6"]
    found = {name: LIBC / name for name in wanted if (LIBC / name).exists()}
    for path in sorted((FOREIGN_ROOT / "usr/lib/aarch64-linux-gnu").glob("*.so.*")):
        found.setdefault(path.name, path)
    for name, path in found.items():
        archive.file(f"lib/{name}", path.read_bytes())


def add_lab(archive: Archive, parts: list[str]) -> None:
    """Files of the cross build, under /hakmem/build as they stand there."""
    for part in parts:
        paths = sorted(FOREIGN_BUILD.glob(part))
        if not paths:
            raise FileNotFoundError(f"nothing is {FOREIGN_BUILD / part}: make test-pmu builds it")
        for path in paths:
            archive.file(f"hakmem/build/{path.relative_to(FOREIGN_BUILD)}", path.read_bytes())


def initramfs(commands: list[Command], parts: list[str]) -> bytes:
    archive = Archive()
    for folder in ("dev", "proc", "sys", "tmp"):
        archive.entry(folder, FOLDER_MODE)
    archive.entry("dev/console", DEVICE_MODE, device=CONSOLE_DEVICE)
    archive.file("init", (FOREIGN_BUILD / "test/pmu_init").read_bytes())
    archive.file("commands", "".join(f"{c.name} {c.user} {c.line}\n" for c in commands).encode())
    add_libraries(archive)
    add_lab(archive, parts)
    return archive.bytes()


def qemu_command(kernel: Path, ramdisk: Path, cpus: int) -> list[str]:
    return ["qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a72,pmu=on", "-icount", "shift=0,sleep=off",
            "-smp", str(cpus), "-m", "1024", "-nic", "none", "-nographic", "-no-reboot", "-kernel", str(kernel),
            "-initrd", str(ramdisk), "-append", "console=ttyAMA0 quiet loglevel=1 panic=-1 rdinit=/init"]


def parse(console: str) -> dict[str, Ended]:
    """The commands' results by name, from what the machine's console said."""
    results = {}
    for found in re.finditer(r"^@begin (\S+)\n(.*?)\n@end \1 (-?\d+)$", console, re.MULTILINE | re.DOTALL):
        code = int(found.group(3))
        results[found.group(1)] = Ended(os.waitstatus_to_exitcode(code) if code >= 0 else code, found.group(2))
    return results


def run_machine(folder: Path, commands: list[Command], parts: list[str], cpus: int = 2) -> dict[str, Ended]:
    """Boots the machine and runs the commands; an AssertionError, with the console's last lines, if it did not end."""
    kernel = next((FOREIGN_ROOT / "boot").glob("vmlinuz-*"))
    ramdisk = folder / "initramfs"
    ramdisk.write_bytes(initramfs(commands, parts))
    done = subprocess.run(qemu_command(kernel, ramdisk, cpus), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False)
    console = done.stdout.decode(errors="replace").replace("\r", "")
    (folder / "console").write_text(console)
    assert "@done" in console, "the machine came to no end:\n" + console[-4000:]
    return parse(console)
