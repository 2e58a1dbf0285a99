#!/usr/bin/env python3
"""Turns a results folder of the lab into report.html: one file that needs no network, no script and nothing beside it.

Exit status: 0 written, 1 nothing can be shown or written, 2 wrong usage.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

try:
    from labreport.command import main
except ImportError as error:
    sys.exit(f"report: {error}; install python3-matplotlib and python3-jinja2 (scripts/setup does)")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
