"""What the modules that mypyc compiles must not contain, for they would read otherwise."""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONSUMERS = frozenset(
    "all any dict frozenset list max min next set sorted sum tuple extend join update".split()
)
"""Functions and methods that use up a generator expression where it stands, or ask it once."""


def modules():
    """The paths that hatch_build.py gives to mypyc."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    return build.find_modules(ROOT)


def lasting_generators(source):
    """The lines of generator expressions that mypyc would make lists of."""
    tree = ast.parse(source)
    consumed = {
        node.args[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and _name(node.func) in CONSUMERS
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.GeneratorExp) and node not in consumed
    ]


def _name(function):
    return getattr(function, "attr", getattr(function, "id", ""))


@pytest.mark.parametrize(
    "line",
    [
        "found = (read(x) for x in names)",
        "found = next(filter(None, (read(x) for x in names)))",
        "for one in (read(x) for x in names): pass",
        "def f(): return (read(x) for x in names)",
        "words = dict.fromkeys(read(x) for x in names)",
        "words = [*(read(x) for x in names)]",
        "words = enumerate(read(x) for x in names)",
        "best = max(3, *(read(x) for x in names))",
    ],
)
def test_a_generator_expression_that_outlives_its_line_is_found(line):
    assert lasting_generators(f"names = []\n{line}") == [2]


@pytest.mark.parametrize(
    "line",
    [
        "found = next((read(x) for x in names), None)",
        "found = any(read(x) for x in names)",
        "words = ' '.join(read(x) for x in names)",
        "words.update(read(x) for x in names)",
        "best = max((read(x) for x in names), default=0)",
        "words = dict.fromkeys([read(x) for x in names])",
        "words = {read(x) for x in names}",
    ],
)
def test_a_generator_expression_that_is_used_up_at_once_is_let_pass(line):
    assert lasting_generators(line) == []


def test_compiled_modules_have_no_generator_expression_that_outlives_its_line():
    """Compiled, it is a list: all that it does is done at once, needed or not.

    Write a list, or a generator function. Source: mypyc, "Differences from Python".
    """
    paths = modules()
    found = {path: lasting_generators((ROOT / path).read_text("utf-8")) for path in paths}

    assert "worker/parse/quotes/coreference/resolver.py" in paths
    assert {path: lines for path, lines in found.items() if lines} == {}
