"""A script without a .py at its end, as a module, so that tests can call its functions."""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType


def load(script: Path) -> ModuleType:
    name = script.name.replace("-", "_") + "_script"
    loader = SourceFileLoader(name, str(script))
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # its dataclasses look themselves up
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = written
    return module
