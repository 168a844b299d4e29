"""The passes of the speaker resolver stand alone."""

import ast
import inspect
from pathlib import Path

import pytest

from worker.parse.quotes.coreference.resolver import PASSES

MODULES = {inspect.getmodule(resolve_by_pass) for resolve_by_pass in PASSES}
NAMES = {module.__name__ for module in MODULES}


@pytest.mark.parametrize("module", sorted(MODULES, key=lambda module: module.__name__))
def test_a_pass_imports_no_other_pass(module):
    source = Path(module.__file__).with_name(module.__name__.rpartition(".")[2] + ".py")
    tree = ast.parse(source.read_text(encoding="utf-8"))

    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert imported.isdisjoint(NAMES)
