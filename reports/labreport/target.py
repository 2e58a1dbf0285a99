"""A target: where a form of the report goes, checked before it is made and written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from labreport.problem import Misuse, Problem, Unreadable

PICTURE_SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".pdf", ".ps", ".eps"}


def file_target(word: str | None, usual: Path) -> Path:
    """The file that `--out` means: the usual one without it, the usual name inside it when it is a folder.

    A word that ends with a slash means a folder, which is made. Raises Misuse for what is no regular file.
    """
    if word is None:
        return regular(usual)
    place = Path(word)
    if word.endswith("/"):
        make_folder(place)
    return regular(place / usual.name if place.is_dir() else place)


def plot_target(word: str | None, usual: Path) -> Path:
    """The folder for plots, or the file for one picture, which ends with .svg. Raises Misuse for other pictures."""
    if word is None:
        return usual
    place = Path(word)
    if place.suffix.lower() in PICTURE_SUFFIXES and not place.is_dir():
        raise Misuse(Problem(f"{place.suffix} is not drawn here", str(place),
                             f"name {place.stem}.svg for one picture, or a folder for a file of each chart"))
    return place if place.is_dir() else regular(place)


def regular(place: Path) -> Path:
    """The place itself; raises Misuse where a rename onto it would put a file in place of something else."""
    if place.exists() and not place.is_file():
        what = "a folder" if place.is_dir() else "no regular file"
        raise Misuse(Problem(f"is {what}, and would be replaced", str(place), "give another place with --out FILE"))
    return place


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from None


def write_whole(target: Path, text: str) -> None:
    write_bytes(target, text.encode("utf-8", "replace"))


def write_bytes(target: Path, data: bytes) -> None:
    """A temporary file and a rename, so that no reader ever sees half a report."""
    regular(target)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise cannot_write(target, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise cannot_write(target, error) from None


def cannot_write(target: Path, error: OSError) -> Unreadable:
    words = f"cannot be written ({error.strerror})"
    return Unreadable(Problem(words, str(target), "give another place with --out FILE"))


def say(target: Path) -> None:
    """Prints where something was written: absolute, to be found from any folder."""
    print(os.path.abspath(target))
