"""Programs drawn at random for scripts/shapes: their parameters, from a seed and an index, and what they are in words.

This is the one place that draws. A program is the same for the same seed and index, whatever else is drawn: nothing but
random.Random.random() of that text as a seed is used, which Python keeps the same from version to version. The shapes
program (workloads/shapes/drawn*.c) does what the parameters say; perf/METHOD.md has their ranges for readers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

Choice = TypeVar("Choice")

NAME = "drawn-"
COUNT_MAX = 10000  # programs of one measurement
LIVE_BYTES = 100_000_000  # asked for at once, expected, with HEADER_BYTES for each block
HEADER_BYTES = 16  # about what an allocator needs beside a block
LIVE_BLOCKS = 300_000  # of all threads
SLOTS_MIN, BATCH_MIN = 8, 3
SHELVES_MAX = 1024
OPS_MIN, OPS_MAX = 2_000, 10_000_000
TURNOVER = 3  # operations for each slot at least: most are filled long before the end
RUN_NS = 300_000_000  # about what a run shall take
SIZE_MIN, SIZE_MAX = 8, 4 << 20  # bytes
VECTORS_LONGER = 8  # a vector's length is so many times a block's size

# Each as often as it stands here.
POLICIES = ("random", "random", "queue", "stack", "batch", "batch", "batch", "generations", "generations", "sawtooth",
            "vectors", "graphs")
SIZES = ("one", "even", "log", "few", "mostly", "tail")
TOUCHES = ("word", "line", "line", "ends", "all")
ORDERS = ("oldest", "newest", "random")
THREADS = (1, 1, 1, 1, 2, 4, 16)
LIVES = (1, 1, 1, 10, 100)  # with more than one thread
# Per mille.
HANDED = (0, 0, 100, 900)  # with more than one thread
CALLOC, ALIGNED, REALLOC = (0, 0, 0, 200, 1000), (0, 0, 0, 0, 100), (0, 0, 100, 500)
KEEP = {"batch": (0, 0, 20, 100, 300, 600), "generations": (10, 50, 200), "sawtooth": (20, 100, 500),
        "graphs": (0, 100, 500)}
LARGE_SHARE = 0.15  # of programs have blocks of the second range
SMALLEST, SPREAD = (8, 2048), (1.35, 512)  # bytes; the largest size over the smallest
SMALLEST_LARGE, SPREAD_LARGE = (4096, 65536), (1.2, 20)
FEW = (2, 9)  # different sizes

# What an operation takes, roughly, in ns: only run lengths follow from it, and the same for every allocator.
CALL_NS, BYTE_NS, PAGE_NS, SHELF_NS = 30.0, 0.15, 150.0, 60.0
PAGE_BYTES = 4096
VECTOR_GROWTH = 1.5
GROWN_SHARE = 0.25  # of a vector's length: what a call of realloc adds and copies, on average


def name_of(index: int) -> str:
    return f"{NAME}{index}"


def is_name(text: str) -> bool:
    """Of a drawn program, whether it is among those drawn or not."""
    return text.startswith(NAME)


@dataclass(frozen=True)
class Program:
    """One drawn program; sizes in bytes, shares per mille."""

    index: int  # from 1 on
    policy: str
    sizes: str
    numbers: tuple[int, ...]  # of the distribution of sizes
    touch: str
    order: str
    threads: int
    lives: int  # threads that follow one another in the same place
    slots: int  # blocks live at most, of each thread
    batch: int
    ops: int  # of all threads
    keep: int
    calloc: int
    aligned: int
    realloc: int
    handed: int  # of frees that another thread does
    shelves: int
    seed: int

    @property
    def name(self) -> str:
        return name_of(self.index)

    def mean_bytes(self) -> float:
        """Of a block."""
        return mean_size(self.sizes, self.numbers)

    def longest(self) -> float:
        """Bytes of a block, or of a vector when it is long enough, whose last growth goes past what was wanted."""
        return self.mean_bytes() * (VECTOR_GROWTH if self.policy == "vectors" else 1)

    def live_bytes(self) -> float:
        """Asked for at once when all slots and shelves are full, expected."""
        return (self.slots * self.threads + (self.shelves if self.handed else 0)) * self.longest()

    def command(self) -> list[str]:
        """For the shapes program."""
        numbers = ":".join(map(str, self.numbers))
        values = {name: value for name, value in asdict(self).items() if name not in ("index", "sizes", "numbers")}
        return ["drawn", f"sizes={self.sizes}:{numbers}", *(f"{name}={value}" for name, value in values.items())]

    def words(self) -> str:
        """What it does, for a reader."""
        return "; ".join([f"{policy_words(self)}, {sizes_words(self)}", TOUCH_WORDS[self.touch], *extra_words(self)])


# --- drawing ---------------------------------------------------------------------------------------------------------

class Dice:
    """Random numbers of one program."""

    def __init__(self, seed: int, index: int) -> None:
        self.stream = random.Random(f"hakmem drawn {seed} {index}")

    def below(self, limit: int) -> int:
        return int(self.stream.random() * limit)

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        return choices[self.below(len(choices))]

    def log_uniform(self, low: float, high: float) -> float:
        return math.exp(math.log(low) + self.stream.random() * (math.log(high) - math.log(low)))

    def chance(self, share: float) -> bool:
        return self.stream.random() < share


def draw_numbers(dice: Dice, sizes: str, policy: str) -> tuple[int, ...]:
    large = dice.chance(LARGE_SHARE)
    low = dice.log_uniform(*(SMALLEST_LARGE if large else SMALLEST))
    high = low * dice.log_uniform(*(SPREAD_LARGE if large else SPREAD))
    longer = VECTORS_LONGER if policy == "vectors" else 1
    low, high = (min(max(size * longer, SIZE_MIN), SIZE_MAX) for size in (low, high))
    if sizes == "one":
        return (int(low),)
    if sizes == "few":
        count = FEW[0] + dice.below(FEW[1] - FEW[0] + 1)
        return tuple(sorted(max(int(dice.log_uniform(low, high)), SIZE_MIN) for _ in range(count)))
    return int(low), int(high)


def draw(seed: int, index: int) -> Program:
    """The program of this index, of those of this seed."""
    dice = Dice(seed, index)
    policy, sizes, touch, order = (dice.one_of(all_of) for all_of in (POLICIES, SIZES, TOUCHES, ORDERS))
    threads = dice.one_of(THREADS)
    numbers = draw_numbers(dice, sizes, policy)
    lives, handed = dice.one_of(LIVES), dice.one_of(HANDED)
    calloc, aligned, resized = (dice.one_of(all_of) for all_of in (CALLOC, ALIGNED, REALLOC))
    keep = dice.one_of(KEEP.get(policy, (0,)))
    fullness, share = dice.stream.random(), dice.stream.random()
    if policy == "vectors":
        touch, calloc, aligned = "all", 0, 0
    if threads == 1:
        lives, handed = 1, 0
    program = Program(index, policy, sizes, numbers, touch, order, threads, lives, SLOTS_MIN, BATCH_MIN, OPS_MIN, keep,
                      calloc, aligned if calloc < 1000 else 0, resized if policy == "random" else 0, handed, 1,
                      dice.below(1 << 30))
    return sized(program, fullness, share)


def sized(program: Program, fullness: float, share: float) -> Program:
    """With as many slots, operations and a batch as bounds allow and two random numbers say, log-uniform."""
    ops = min(max(RUN_NS / op_ns(program), OPS_MIN), OPS_MAX)
    blocks = min(LIVE_BLOCKS, ops / TURNOVER, LIVE_BYTES / (program.longest() + HEADER_BYTES))
    if program.handed:
        blocks /= 2  # as much again may wait on the shelves
    if program.threads > 1 and blocks < SLOTS_MIN * program.threads:
        fewer = program.threads // 2
        return sized(replace(program, threads=fewer) if fewer > 1 else replace(program, threads=1, lives=1, handed=0),
                     fullness, share)
    slots = int(SLOTS_MIN * (blocks / program.threads / SLOTS_MIN) ** fullness)
    batch = int(BATCH_MIN * (slots / BATCH_MIN) ** share)
    return replace(program, slots=slots, batch=batch, ops=int(ops),
                   shelves=min(SHELVES_MAX, slots * program.threads) if program.handed else 1)


def op_ns(program: Program) -> float:
    """About what an operation takes under any good allocator."""
    mean = program.longest() * (GROWN_SHARE if program.policy == "vectors" else 1)
    written = {"word": 8.0, "line": 64.0, "ends": 2.0, "all": mean}[program.touch]
    pages = min(mean / PAGE_BYTES, {"all": math.inf, "ends": 2.0}.get(program.touch, 1.0))
    moved = mean * (program.calloc + program.realloc) / 1000
    return CALL_NS + BYTE_NS * (written + moved) + PAGE_NS * pages + SHELF_NS * program.handed / 1000


def mean_size(sizes: str, numbers: tuple[int, ...]) -> float:
    """Bytes of a block; the distributions are those of workloads/shapes/drawn_sizes.c."""
    low, high = float(numbers[0]), float(numbers[-1])
    if sizes == "few":
        return sum(numbers) / len(numbers)
    if sizes == "even":
        return (low + high) / 2
    if sizes == "log":  # as many in each doubling, the last of which is cut off
        doublings = math.floor(math.log2(high / low))
        rest = high / (low * 2 ** doublings) - 1
        below = sum(1.5 * low * 2 ** one for one in range(doublings))
        return (below + rest * (low * 2 ** doublings + high) / 2) / (doublings + rest) if high > low else low
    if sizes == "mostly":
        return 0.9 * 1.5 * low + 0.1 * 0.75 * high
    if sizes == "tail":
        return low * (1 + math.log(high / low))
    return low


# --- words -----------------------------------------------------------------------------------------------------------

TOUCH_WORDS = {"word": "first 8 bytes written", "line": "first 64 bytes written", "ends": "both ends written",
               "all": "written whole"}
ORDER_WORDS = {"oldest": "oldest first", "newest": "newest first", "random": "in random order"}


def percent(share: int) -> str:
    return f"{share / 10:g} %"


def bytes_words(size: int) -> str:
    if size < 1 << 10:
        return f"{size} B"
    return f"{size / (1 << 10):.3g} KiB" if size < 1000 << 10 else f"{size / (1 << 20):.3g} MiB"


def sizes_words(program: Program) -> str:
    numbers = [bytes_words(size) for size in program.numbers]
    between = f"{numbers[0]} to {numbers[-1]}"
    return {"one": f"all of {numbers[0]}", "even": f"any size of {between}", "log": f"log-uniform, {between}",
            "few": f"of {', '.join(numbers[:-1])} or {numbers[-1]}",
            "mostly": f"90 % of {numbers[0]} to {bytes_words(2 * program.numbers[0])}, "
                      f"10 % of {bytes_words(program.numbers[-1] // 2)} to {numbers[-1]}",
            "tail": f"heavy tail, {between}"}[program.sizes]


def policy_words(program: Program) -> str:
    slots, batch, keep = f"{program.slots:,}", f"{program.batch:,}", percent(program.keep)
    order = ORDER_WORDS[program.order]
    young = min(program.batch, program.slots - 1)
    graphs = program.slots // program.batch
    return {
        "random": f"{slots} blocks, a random one replaced",
        "queue": f"{slots} blocks, the oldest replaced",
        "stack": f"a stack to {slots} blocks, up or down by up to {batch}",
        "batch": f"batches of {batch} blocks, freed {order}" + (f" but for {keep}" if program.keep else ""),
        "generations": f"{young:,} young blocks, {keep} of which then replace one of {program.slots - young:,} old",
        "sawtooth": f"up to at most {slots} blocks, then down to {keep} at random",
        "vectors": f"{slots} vectors that grow by half",
        "graphs": f"{graphs:,} graph{'s' * (graphs > 1)} of {batch} blocks, dropped whole, {order}"
                  + (f", short-lived ones beside {keep}" if program.keep else ""),
    }[program.policy]


def extra_words(program: Program) -> list[str]:
    extras = [f"{percent(share)} {what}" for share, what in (
        (program.calloc, "calloc"), (program.aligned, "aligned"), (program.realloc, "realloc"),
        (program.handed, "freed by other threads")) if share]
    if program.threads > 1:
        lives = f", {program.lives} after one another in each place" if program.lives > 1 else ""
        extras.append(f"{program.threads} threads{lives}")
    return extras
