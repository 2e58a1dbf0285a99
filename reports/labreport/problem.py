"""A problem: something in a results folder that could not be used, said so that the reader can act on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What is wrong, where it is, and what to do about it."""

    what: str
    where: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.cure}"


class Unreadable(Exception):
    """Raised when nothing at all can be shown."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Misuse(Unreadable):
    """Raised when what is asked for must not be done; a wrong usage, where Unreadable is a failure."""


class Malformed(Exception):
    """Raised by a reader of one entry; the entry is left out and the rest is shown."""
