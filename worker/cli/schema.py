"""`copytaster schema`: the JSON Schemas of what goes in and out."""

from pathlib import Path

import click
import msgspec

from worker.cli.terminal import Failure, print_json
from worker.model.codec import SCHEMAS, json_schema

__all__ = ["schema", "schema_text"]


@click.command(short_help="Print the JSON Schemas.")
@click.argument("name", required=False, type=click.Choice(sorted(SCHEMAS)))
@click.option(
    "--write",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write all of them to DIR, one file each.",
)
def schema(name: str | None, directory: Path | None) -> None:
    """Print the JSON Schema of NAME; without a name, say which there are."""
    if directory is not None:
        _write(directory)
    elif name is not None:
        print_json(schema_text(name).encode().rstrip())
    else:
        for known, model in sorted(SCHEMAS.items()):
            summary = (model.__doc__ or "").partition("\n")[0]
            click.echo(f"{known:10} {summary}")


def schema_text(name: str) -> str:
    """The schema as its file in docs/schema/ has it."""
    return msgspec.json.format(msgspec.json.encode(json_schema(name)), indent=2).decode() + "\n"


def _write(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in sorted(SCHEMAS):
            path = directory / f"{name}.json"
            path.write_text(schema_text(name), encoding="utf-8")
            click.echo(str(path))
    except OSError as error:
        raise Failure(f"{directory}: {error.strerror or error}") from error
