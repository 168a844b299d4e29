"""The programs here import each other by name, as programs do; pytest collects the tests alone."""

from pathlib import Path

HERE = Path(__file__).parent

collect_ignore = [path.name for path in HERE.glob("*.py") if not path.name.startswith("test_")]
