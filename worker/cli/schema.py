"""`copytaster schema`: the published JSON Schemas, and the AsyncAPI document."""

from pathlib import Path

import click
import msgspec

from worker.desks.asyncapi import asyncapi
from worker.model.codec import SCHEMAS, json_schema
from worker.render.console import Failure, print_json

__all__ = ["asyncapi_text", "schema", "schema_text"]


@click.command()
@click.argument("name", required=False, type=click.Choice(sorted(SCHEMAS)))
@click.option("--asyncapi", "as_asyncapi", is_flag=True, help="Print the AsyncAPI 3.0 document.")
@click.option(
    "--write",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write all schemas and the AsyncAPI document to files in DIR.",
)
def schema(name: str | None, *, as_asyncapi: bool, directory: Path | None) -> None:
    """Print the JSON Schema of a name; without a name, list the schemas."""
    if directory is not None:
        _write(directory)
    elif as_asyncapi:
        print_json(asyncapi_text().encode().rstrip())
    elif name is not None:
        print_json(schema_text(name).encode().rstrip())
    else:
        for known, model in sorted(SCHEMAS.items()):
            summary = (model.__doc__ or "").partition("\n")[0]
            click.echo(f"{known:10} {summary}")


def schema_text(name: str) -> str:
    """Return the text of a schema's file in docs/schema/."""
    return _formatted(json_schema(name))


def asyncapi_text() -> str:
    """Return the text of docs/schema/asyncapi.json."""
    return _formatted(asyncapi())


def _formatted(document: dict[str, object]) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _write(directory: Path) -> None:
    files = {f"{name}.json": schema_text(name) for name in SCHEMAS}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in sorted({**files, "asyncapi.json": asyncapi_text()}.items()):
            (directory / name).write_text(text, encoding="utf-8")
            click.echo(str(directory / name))
    except OSError as error:
        raise Failure(f"{directory}: {error.strerror or error}") from error
