"""Tokens: the users of the web application, and the role of each.

The file of COPYTASTER_WEB_TOKENS has a table for each token (docs/http.md):

    [[token]]
    name = "newsroom"
    role = "write"
    token = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
"""

import hashlib
import hmac
import re
import stat
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import structlog
from msgspec import Meta

from worker.errors import SettingsError

__all__ = ["Holder", "TokenRole", "TokensFile"]

log = structlog.get_logger(__name__)

_SHORTEST_TOKEN = 20
"""Characters of the shortest token: guessing it is hopeless, even without a limit on attempts."""

_HASHED = "sha256:"

_INVALID = re.compile(r"Invalid enum value '.*'", re.DOTALL)
"""msgspec's message for a wrong role; the value that it quotes may be a misplaced token."""


class TokenRole(StrEnum):
    """The role of a token; each role includes the roles before it."""

    READ = "read"
    WRITE = "write"
    OPERATE = "operate"

    @property
    def included(self) -> tuple["TokenRole", ...]:
        """The role and the roles before it."""
        roles = tuple(TokenRole)
        return roles[: roles.index(self) + 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The holder of a token."""

    name: str
    role: TokenRole


class _Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(pattern=r"^[\w.@-]{1,64}\Z")]
    role: TokenRole
    token: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: tuple[_Token, ...]


class TokensFile:
    """The file of tokens, read again when it changes.

    Raises:
        SettingsError: The file cannot be read, is wrong, or is open to other users; raised by the
            constructor. A file that becomes wrong later is logged, and the earlier tokens stay
            valid.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser()
        self._stamp = self._look()
        self._holders = self._read()

    def find(self, presented: str) -> Holder | None:
        """Return the holder of a token; None for an unknown token.

        All digests are compared, each in constant time, so that the time of an answer tells nothing
        about a token. A plain SHA-256 is enough, as tokens are long and random, unlike passwords.
        """
        self._refresh()
        digest = hashlib.sha256(presented.encode("utf-8", "replace")).digest()
        found = None
        for known, holder in self._holders:
            if hmac.compare_digest(known, digest):
                found = holder
        return found

    def _refresh(self) -> None:
        stamp = self._look()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._holders = self._read()
        except SettingsError as error:
            log.error("tokens_kept", reason=str(error))
            return
        log.info("tokens_reloaded", names=[holder.name for _, holder in self._holders])

    def _look(self) -> tuple[int, ...] | None:
        """Return values that change when the file changes; None without a file.

        The inode is one of them: an atomic replacement may keep size and times.
        """
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino

    def _read(self) -> tuple[tuple[bytes, Holder], ...]:
        try:
            with self._path.open("rb") as file:
                mode = stat.S_IMODE(self._path.stat().st_mode)
                text = file.read().decode()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            raise self._wrong(f"cannot be read: {reason}") from error
        tokens = self._tokens_of(text)
        # Nobody can log in with a digest, so a file of digests may be readable by others, as
        # mounted secrets of containers often are; nobody else may write it.
        is_secret = any(not token.token.startswith(_HASHED) for token in tokens)
        if mode & (0o077 if is_secret else 0o022):
            may = "read" if is_secret else "write"
            raise self._wrong(f"other users may {may} it (mode {mode:03o}): chmod 600 {self._path}")
        return self._holders_of(tokens)

    def _tokens_of(self, text: str) -> tuple[_Token, ...]:
        try:
            return msgspec.convert(tomllib.loads(text), _File).token
        except tomllib.TOMLDecodeError as error:  # its message may quote a token
            raise self._wrong(f"not TOML{_place_of(error)}") from None
        except msgspec.ValidationError as error:
            reason = _INVALID.sub("`role` is read, write or operate", str(error))
            raise self._wrong(reason) from None

    def _holders_of(self, tokens: tuple[_Token, ...]) -> tuple[tuple[bytes, Holder], ...]:
        holders = tuple(
            (self._digest(token), Holder(name=token.name, role=token.role)) for token in tokens
        )
        names = [token.name for token in tokens]
        for at, (digest, holder) in enumerate(holders):
            if holder.name in names[:at]:
                raise self._wrong(f"two tokens are named {holder.name!r}")
            if digest in {known for known, _ in holders[:at]}:
                raise self._wrong(f"the token of {holder.name!r} is also that of another name")
        return holders

    def _digest(self, token: _Token) -> bytes:
        """Return the SHA-256 digest of a token, which the file may hold instead of the token."""
        if token.token.startswith(_HASHED):
            try:
                digest = bytes.fromhex(token.token.removeprefix(_HASHED))
            except ValueError:
                digest = b""
            if len(digest) != hashlib.sha256().digest_size:
                raise self._wrong(f"the token of {token.name!r} needs 64 hex digits after sha256:")
            return digest
        if len(token.token) < _SHORTEST_TOKEN:
            reason = f"shorter than {_SHORTEST_TOKEN} characters: openssl rand -hex 32"
            raise self._wrong(f"the token of {token.name!r} is {reason}")
        return hashlib.sha256(token.token.encode()).digest()

    def _wrong(self, reason: str) -> SettingsError:
        return SettingsError(reason, subject=f"COPYTASTER_WEB_TOKENS: {self._path}")


def _place_of(error: tomllib.TOMLDecodeError) -> str:
    """Return the place that an error of tomllib ends with, such as " (at line 3, column 8)"."""
    _, at, place = str(error).rpartition(" (at ")
    return f"{at}{place}" if at else ""
