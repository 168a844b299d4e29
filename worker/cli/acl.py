"""`copytaster acl`: the broker's users and their rights."""

import os
import secrets
from pathlib import Path

import click

from worker.broker.acl import ROLES, acl_file, hash_password
from worker.cli.root import pass_settings
from worker.render.console import Failure
from worker.settings import Settings

__all__ = ["USERS_FILE", "acl"]

USERS_FILE = "users.acl"
ARCHIVE_FILE = "archive"
"""The password of the database that docker-compose.yml runs."""


@click.command()
@click.option(
    "--write",
    "directory",
    type=click.Path(path_type=Path, file_okay=False, readable=False),
    metavar="DIR",
    help=f"Write {USERS_FILE} to DIR, and a password file for each user without one, and for the "
    "archive.",
)
@pass_settings
def acl(settings: Settings, *, directory: Path | None) -> None:
    """Print an ACL file for Redis or Valkey: one user per role, for the keys under
    COPYTASTER_PREFIX.

    Without --write the users have no passwords, so they cannot log in until they get some.
    """
    if directory is None:
        click.echo(acl_file(settings.prefix, {}), nl=False)
        return
    try:
        _write(directory, settings.prefix)
    except OSError as error:
        path = Path(error.filename or directory)
        raise Failure(f"{path}: {error.strerror or error}{_remedy(error, path)}") from error


def _remedy(error: OSError, path: Path) -> str:
    """Return what to do about a refusal: a container runs as a user of its own."""
    if not isinstance(error, PermissionError):
        return ""
    folder = path if path.is_dir() else path.parent
    owner = folder.stat().st_uid
    if owner == os.geteuid():
        return ""
    return (
        f"; {folder} belongs to user {owner} and this process to user {os.geteuid()}: run it as "
        f'user {owner} (docker compose run --rm --user "{owner}" setup)'
    )


def _write(directory: Path, prefix: str) -> None:
    """Write the missing password files, and the users with the hashes of their passwords.

    Only the owner can list the directory. The files in it are readable for all, since containers
    mount them and read them as other users.
    """
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    hashes = {role.name: hash_password(_password(directory / role.name)) for role in ROLES}
    # Replaced in a single step: a broker that starts meanwhile reads the old file or the new.
    fresh = directory / f".{USERS_FILE}"
    fresh.unlink(missing_ok=True)
    fresh.write_text(acl_file(prefix, hashes), encoding="utf-8")
    fresh.chmod(0o444)
    fresh.replace(directory / USERS_FILE)
    click.echo(str(directory / USERS_FILE))
    for role in ROLES:
        click.echo(f"{directory / role.name}: {prefix}-{role.name}, {role.purpose}")
    _password(directory / ARCHIVE_FILE)
    click.echo(f"{directory / ARCHIVE_FILE}: the archive, if PostgreSQL has it")


def _password(path: Path) -> str:
    """Return the password in a file, which is created if it is missing."""
    if not path.exists():
        path.write_text(f"{secrets.token_urlsafe(32)}\n", encoding="utf-8")
        path.chmod(0o444)
    password = path.read_text(encoding="utf-8").strip()
    if not password:
        raise Failure(f"{path}: is empty; remove the file to get a new password")
    return password
