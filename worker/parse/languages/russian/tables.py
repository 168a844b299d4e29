"""The tables of the package `worker.parse.data`, as rows."""

from importlib.resources import files

__all__ = ["table_rows"]


def table_rows(file: str) -> list[list[str]]:
    """Return the columns of each row of a table, without its comments."""
    table = files("worker.parse").joinpath(f"data/{file}").read_text("utf-8")
    return [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
