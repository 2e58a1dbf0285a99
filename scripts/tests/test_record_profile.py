"""Recording: programs whose blocks are known, a replay that is recorded again, fewer rows, and what is refused."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from script import load

ROOT = Path(__file__).parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
SCRIPT = ROOT / "scripts" / "record-profile"
SHAPES = BUILD / "bin" / "shapes"
LIBRARY = str(BUILD / "lib" / "libhakmem.so")
LIMIT_S = 60
END = None

# All that it asks of malloc is in KNOWN: (size, lifetime) and how many.
PROGRAM = """#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static void *volatile kept;
static void keep(void *block) { kept = block; }
static void again(size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        keep(malloc(size));
        free(kept);
    }
}
int main(int count, char **arguments)
{
    void *volatile block = malloc(100), *volatile failing;
    again(1000, 24);
    free(block);
    keep(calloc(10, 50));
    failing = malloc(200);
    if (realloc(failing, PTRDIFF_MAX) != NULL || calloc(SIZE_MAX / 2, 3) != NULL)
        return 1;
    block = realloc(failing, 3000);
    again(5, 40);
    free(block);
    free(NULL);
    keep(realloc(NULL, 77));
    if (posix_memalign((void **)&block, 64, 640) != 0)
        return 1;
    free(block);
    free(aligned_alloc(4096, 8192));
    free(memalign(128, 1280));
    free(malloc(0));
    if (fork() == 0) {
        again(100, 9999);
        exit(0);
    }
    wait(NULL);
    if (count > 1 && arguments[1][0] == 'e')
        _exit(0);
    if (count > 1 && arguments[1][0] == 'k')
        abort();
    return 0;
}
"""
KNOWN = {(100, 1000): 1, (24, 0): 1000, (500, END): 1, (200, 0): 1, (3000, 5): 1, (40, 0): 5, (77, END): 1, (640, 0): 1,
         (8192, 0): 1, (1280, 0): 1, (1, 0): 1}
# Four threads; each keeps 20,000 blocks and frees them in another order than it made them.
THREADS = """#include <pthread.h>
#include <stdlib.h>
enum { COUNT = 20000, STRIDE = 7919 };
static void *work(void *unused)
{
    static __thread void *blocks[COUNT];
    for (int i = 0; i < COUNT; i++)
        blocks[i] = malloc(333);
    for (int i = 0; i < COUNT; i++)
        free(blocks[(long)i * STRIDE % COUNT]);
    return unused;
}
int main(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
"""

# One thread makes blocks all the time while children are made that make some as well.
FORKS = """#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static atomic_int done;
static void *work(void *unused)
{
    while (!done)
        free(malloc(333));
    return unused;
}
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    for (int i = 0; i < 100; i++) {
        if (fork() == 0) {
            alarm(10);
            free(malloc(9999));
            exit(0);
        }
        int status = 1;
        wait(&status);
        if (status != 0)
            return 1;
    }
    done = 1;
    return pthread_join(thread, NULL);
}
"""


recorder = load(SCRIPT)


def call(*arguments: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    recorder_built = BUILD / "lib/liblab-recorder.so"
    return subprocess.run([sys.executable, "-B", SCRIPT, "--recorder", recorder_built, *arguments], capture_output=True,
                          text=True, timeout=LIMIT_S, cwd=folder, env={**os.environ, **environment})


def recorded(*command: str | Path, folder: Path, rows: int = 4096, **environment: str) -> Any:
    """The profile as the script reads what the recorder wrote."""
    done = call("--rows", str(rows), "--out", "out.profile", "--", *command, folder=folder, **environment)
    assert done.returncode == 0, done.stderr
    return rows_of(folder / "out.profile")


def rows_of(file: Path) -> list[Any]:
    rows = []
    for line in file.read_text().splitlines():
        if line[:1] == " ":
            weight, low, high, first, last = line.split()
            rows.append(recorder.Row(int(weight), int(low), int(high),
                                     None if first == "end" else (int(first), int(last))))
    return rows


def build(folder: Path, source: str, *flags: str) -> Path:
    (folder / "program.c").write_text(source)
    subprocess.run(["gcc", "-O1", "-w", "-fno-builtin", *flags, "program.c", "-o", "program", "-pthread"], cwd=folder,
                   check=True)
    return folder / "program"


# --- what is recorded -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("way", "behind"), [("return", ""), ("exit at once", ""), ("return", LIBRARY)])
def test_every_block_of_a_known_program(tmp_path: Path, way: str, behind: str) -> None:
    rows = recorded(build(tmp_path, PROGRAM), way, folder=tmp_path, LD_PRELOAD=behind)
    found = {(row.size_min, row.lifetime and row.lifetime[0]): row.weight for row in rows}
    assert found == KNOWN
    assert all(row.size_min == row.size_max and (row.lifetime is None or row.lifetime[0] == row.lifetime[1])
               for row in rows)
    text = (tmp_path / "out.profile").read_text()
    assert f"\nallocations {sum(KNOWN.values())}\n" in text
    assert f"# program: {sum(KNOWN.values()):,} blocks, 0.0 MiB asked for in all, 0.0 MiB live at most.\n" in text
    assert sorted(file.name for file in tmp_path.glob("*.p*")) == ["out.profile"]


def test_threads_and_many_live_blocks(tmp_path: Path) -> None:
    rows = [row for row in recorded(build(tmp_path, THREADS), folder=tmp_path) if row.size_min == 333]
    assert sum(row.weight for row in rows) == 4 * 20000
    assert all(row.lifetime is not None and row.lifetime[1] < 4 * 20000 + 100 for row in rows)


def test_a_child_waits_for_no_lock_and_is_not_recorded(tmp_path: Path) -> None:
    done = call("--rows", "4096", "--", build(tmp_path, FORKS), folder=tmp_path)
    assert done.returncode == 0 and "ended with" not in done.stderr
    assert 9999 not in [row.size_max for row in rows_of(tmp_path / "program.profile")]


@pytest.mark.parametrize("command", [
    ["/usr/bin/python3", "-c", "import json; json.loads(json.dumps(list(range(1000))))"],
    ["sort", "program.c"],
    ["gcc", "-c", "-O1", "program.c", "-o", "program.o"],
], ids=lambda command: command[0])
def test_real_programs_give_profiles_that_can_be_replayed(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "program.c").write_text(PROGRAM)
    rows = recorded(*command, folder=tmp_path, rows=150)
    assert 10 < len(rows) <= 150
    replay = subprocess.run([SHAPES, "--scale", "0.001", "--profile", tmp_path / "out.profile"], capture_output=True,
                            text=True)
    assert replay.returncode == 0, replay.stderr


def test_a_replay_recorded_again_has_the_distribution_it_was_made_from(tmp_path: Path) -> None:
    blocks = 40000
    rows = [(10, 16, 31, (0, 0)), (6, 32, 63, (1, 100)), (3, 64, 999, (101, 3000)), (1, 2000, 2000, None)]
    text = "".join(f"{weight} {low} {high} {'%d %d' % lifetime if lifetime else 'end end'}\n"
                   for weight, low, high, lifetime in rows)
    (tmp_path / "in.profile").write_text(f"hakmem-profile-1\nallocations {blocks}\n{text}")
    found = recorded(SHAPES, "--scale", "0.01", "--profile", tmp_path / "in.profile", folder=tmp_path)
    for weight, low, high, lifetime in rows:
        there = [row for row in found if low <= row.size_min and row.size_max <= high]
        count = sum(row.weight for row in there)
        assert abs(count - blocks * weight / 20) < 5 * math.sqrt(blocks * weight / 20) + 5  # and stdio's own
        assert sum(row.weight * row.size() for row in there) / count == pytest.approx((low + high) / 2, rel=0.03)
        inside = sum(row.weight for row in there if lifetime is None or row.lifetime is not None
                     and lifetime[0] <= row.lifetime[0] and row.lifetime[1] <= lifetime[1])
        assert inside > 0.95 * count  # the rest was cut off by the end


def test_of_several_processes_the_one_with_the_most_blocks_is_taken(tmp_path: Path) -> None:
    program = build(tmp_path, PROGRAM)
    command = ["--", "/bin/sh", "-c", f"sort /dev/null; {program}; exit 3"]
    done = call(*command, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "record-profile: /bin/sh ended with exit status 3" in done.stderr
    assert "taken: program: 1,014 blocks" in done.stderr and "left: sort: " in done.stderr
    assert done.stdout == f"{tmp_path}/sh.profile\n"
    picked = call("--process", "sort", *command, folder=tmp_path)
    assert picked.returncode == 0 and "taken: sort: " in picked.stderr
    wrong = call("--process", "nosuch", *command, folder=tmp_path)
    assert wrong.returncode == 1
    assert "no process 'nosuch'; there are: program" in wrong.stderr


def test_command_and_notes_are_in_the_file(tmp_path: Path) -> None:
    done = call("--note", "sort 9", "--note", "two\nlines", "--", "sort", "a b", "--", "-r", folder=tmp_path)
    assert done.returncode == 0 and "sort ended with exit status 2" in done.stderr
    assert (tmp_path / "sort.profile").read_text().splitlines()[:6] == [
        "hakmem-profile-1", "# scripts/record-profile -- sort 'a b' -- -r", "# sort 9", "# two", "# lines", "#"]


# --- fewer rows -------------------------------------------------------------------------------------------------------

def test_rows_that_are_alike_are_put_together() -> None:
    row = recorder.Row
    rows = [row(100, 16, 16, (0, 0)), row(90, 17, 17, (0, 0)), row(1, 10000, 10000, (0, 0)), row(50, 16, 16, None)]
    assert sorted(recorder.reduced(rows, 1000, 3), key=str) == sorted([row(190, 16, 17, (0, 0)), *rows[2:]], key=str)
    assert len(recorder.reduced(rows, 1000, 4)) == 4
    assert sorted(one.weight for one in recorder.reduced(rows, 1000, 2)) == [50, 191]


def test_few_rows_keep_what_is_asked_for_and_what_is_live() -> None:
    dice = __import__("random").Random(3)
    rows = [recorder.Row(dice.randrange(1, 500), size, size + size // 9, (life, 2 * life) if life < 5000 else None)
            for size in (2 ** (i / 3) for i in range(9, 40)) for size in [int(size)]
            for life in (0, 1, 2, 4, 8, 16, 64, 256, 1024, 4096, 5000)]
    few = recorder.reduced(rows, 100000, 60)
    now, before = recorder.Totals(few, 100000), recorder.Totals(rows, 100000)
    assert len(few) <= 60 < len(rows)
    assert now.weight == before.weight
    assert now.bytes == pytest.approx(before.bytes, rel=0.05) and now.live == pytest.approx(before.live, rel=0.05)


# --- what is refused --------------------------------------------------------------------------------------------------

def test_a_program_that_a_signal_ends_leaves_no_profile(tmp_path: Path) -> None:
    done = call("--", build(tmp_path, PROGRAM), "kill", folder=tmp_path)
    assert done.returncode == 1
    assert "ended with signal SIGABRT" in done.stderr
    assert "no block was recorded; is the program static or set-uid, has it a malloc of its own, or did" in done.stderr
    assert list(tmp_path.glob("*.profile*")) == []


def test_a_static_program_is_not_recorded(tmp_path: Path) -> None:
    done = call("--", build(tmp_path, PROGRAM, "-static"), folder=tmp_path)
    assert done.returncode == 1 and "is the program static" in done.stderr


def test_a_program_with_a_malloc_of_its_own_is_not_recorded(tmp_path: Path) -> None:
    own = """char memory[1 << 20]; unsigned long used;
    void *malloc(unsigned long size) { used += (size + 15) / 16 * 16; return memory + used; }
    void free(void *block) { (void)block; }
    int main(void) { return malloc(100) == 0; }"""
    done = call("--", build(tmp_path, own), folder=tmp_path)
    assert done.returncode == 1 and "has it a malloc of its own" in done.stderr


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-B", str(SCRIPT), "--recorder", str(BUILD / "lib/liblab-recorder.so"), "--",
               "sh", "-c", "touch began; sleep 50"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=tmp_path)
    limit = time.monotonic() + LIMIT_S
    while not (tmp_path / "began").exists() and time.monotonic() < limit:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    assert "interrupted; nothing was written" in process.communicate(timeout=LIMIT_S)[1]
    assert process.returncode == 130
    assert list(tmp_path.glob("*.profile*")) == []


@pytest.mark.parametrize(("arguments", "words"), [
    ([], "the following arguments are required: PROGRAM"),
    (["--", "/nosuch/program"], "/nosuch/program: No such file or directory; PROGRAM is what is run"),
    (["--", "/etc/passwd"], "/etc/passwd: Permission denied"),
    (["--rows", "1", "--", "true"], "--rows 1: 2 to 4096"),
    (["--rows", "x", "--", "true"], "invalid int value: 'x'"),
    (["--out", "/", "--", "true"], "--out /: a folder, or in one that is not there"),
    (["--out", "/nosuch/file", "--", "true"], "--out /nosuch/file: a folder, or"),
    (["--recorder", "/nosuch.so", "--", "true"], "--recorder /nosuch.so: no such file; make builds it"),
    (["--nosuch", "--", "true"], "unrecognized arguments: --nosuch"),
])
def test_bad_usage_is_refused(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = call(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []
