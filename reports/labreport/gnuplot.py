"""gnuplot: runs a script and gives back its SVG, or says why there is none."""

from __future__ import annotations

import re
import subprocess
from html import escape

from labreport import svg
from labreport.palette import GROUND, INK, Palette

SECONDS_LIMIT = 20
RGB = re.compile(r"rgb\(\s*(\d+),\s*(\d+),\s*(\d+)\)")
FIXED_COLOURS = {"white": GROUND, "black": INK}  # halos and defaults, which a script cannot choose


class NoGnuplot(Exception):
    """Raised with the reason why there is no drawing."""


def draw(script: str, alt: str, palette: Palette, words: list[str]) -> str:
    """Runs a script; `@@0@@`, `@@1@@` … in it stand for words, which gnuplot itself never sees."""
    try:
        result = subprocess.run(["gnuplot", "-d", "-"], input=script, capture_output=True, text=True,
                                timeout=SECONDS_LIMIT, check=False)
    except FileNotFoundError:
        raise NoGnuplot("gnuplot is not installed (Debian: gnuplot-nox)") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoGnuplot(f"gnuplot did not finish ({error})") from None
    if result.returncode != 0 or "</svg>" not in result.stdout:
        raise NoGnuplot(f"gnuplot failed: {result.stderr.strip()[:200] or result.returncode}")
    source = RGB.sub(hexadecimal, result.stdout[result.stdout.index("<svg"):])
    for name, placeholder in FIXED_COLOURS.items():
        source = source.replace(f"'{name}'", f"'{placeholder}'").replace(f'"{name}"', f'"{placeholder}"')
    for index, word in enumerate(words):
        source = source.replace(f"@@{index}@@", escape(word))
    return svg.inline(source, svg.next_prefix(), alt, palette)


def hexadecimal(match: re.Match[str]) -> str:
    """rgb(251, 0, 1) as #fb0001, the form in which the palette knows its placeholders."""
    return "#" + "".join(f"{int(part):02x}" for part in match.groups())
