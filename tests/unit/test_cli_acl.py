"""`copytaster acl`: an ACL file, and passwords that stay what they are."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from worker.broker.acl import ROLES, acl_file
from worker.cli.root import cli


def run(*words, prefix="wire"):
    return CliRunner().invoke(cli, ["acl", *words], env={"COPYTASTER_PREFIX": prefix})


def passwords(directory):
    return {role.name: (directory / role.name).read_text().strip() for role in ROLES}


def test_without_a_directory_users_are_printed_who_have_no_password():
    printed = run().output
    assert printed == acl_file("wire", {})
    assert printed.startswith("user default off ")
    assert [line.split()[1] for line in printed.splitlines()[1:]] == [
        f"wire-{role.name}" for role in ROLES
    ]
    assert "#" not in printed
    assert "nopass" not in printed


def test_every_key_of_every_user_lies_under_the_prefix():
    keys = [word for word in acl_file("wire", {}).split() if word[0] in "~%&"]
    assert len(keys) > 20
    assert [key for key in keys if not key.removeprefix("%R").startswith("~wire:")] == []
    assert "~wire:*" not in keys


def test_passwords_are_made_once_and_are_in_the_file_by_their_digest(tmp_path):
    directory = tmp_path / "secrets"
    assert run("--write", str(directory)).exit_code == 0
    made = passwords(directory)
    again = run("--write", str(directory))
    assert (again.exit_code, passwords(directory)) == (0, made)
    text = (directory / "users.acl").read_text()
    assert len(set(made.values())) == len(ROLES)
    for role, password in made.items():
        assert len(password) == 43
        assert f"user wire-{role} on #{hashlib.sha256(password.encode()).hexdigest()} " in text
        assert password not in text + again.output
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_password_that_was_removed_is_made_anew_and_others_are_kept(tmp_path):
    run("--write", str(tmp_path))
    before = passwords(tmp_path)
    (tmp_path / "relay").unlink()
    run("--write", str(tmp_path))
    after = passwords(tmp_path)
    assert {role for role in after if after[role] != before[role]} == {"relay"}


def test_an_empty_password_is_refused(tmp_path):
    (tmp_path / "worker").write_text("\n")
    done = run("--write", str(tmp_path))
    assert done.exit_code == 1
    assert f"{tmp_path / 'worker'}: is empty" in done.output
    assert not (tmp_path / "users.acl").exists()


@pytest.mark.parametrize("path", ["/dev/null/secrets", "/proc/secrets"])
def test_a_directory_that_cannot_be_written_is_named(path):
    done = run("--write", path)
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert path in done.output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user for a while")
def test_a_directory_of_another_user_is_refused_with_the_user_to_run_as():
    """What the container `setup` meets when it runs as the user of its image."""
    directory = Path(tempfile.mkdtemp(dir="/var/tmp"))  # tmp_path lies in root's own
    os.chown(directory, 1000, 1000)
    os.seteuid(10001)
    try:
        told = run("--write", str(directory))
    finally:
        os.seteuid(0)
        directory.rmdir()
    assert told.exit_code == 1
    assert told.output == (
        f"copytaster: {directory}: Operation not permitted; {directory} belongs to user 1000 and "
        "this process to user 10001: run it as user 1000 "
        '(docker compose run --rm --user "1000" setup)\n'
    )
