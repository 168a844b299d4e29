"""The faults of a command that reads many messages."""

import click

from worker.render.console import Failure

__all__ = ["Faults"]


class Faults:
    """The faults of a command: each is a line on stderr, and the command fails at its end.

    The fault of a command with a single message is itself the failure, rather than a line and then
    "1 of 1 messages were refused". So the first fault is held back until there is a second message.
    """

    __slots__ = ("_first", "refused", "total")

    def __init__(self) -> None:
        self._first = ""
        self.refused = 0
        self.total = 0

    def add(self, line: str) -> None:
        """Report a fault."""
        if not self.total:
            self._first = line
        else:
            self._print_first()
            click.echo(f"copytaster: {line}", err=True)
        self.total += 1
        self.refused += 1

    def pass_by(self) -> None:
        """Count a message without a fault."""
        self._print_first()
        self.total += 1

    def _print_first(self) -> None:
        if self._first:
            click.echo(f"copytaster: {self._first}", err=True)
            self._first = ""

    def end(self) -> None:
        """Fail if there was a fault.

        Raises:
            Failure: There was a fault.
        """
        if self._first:
            raise Failure(self._first)
        if self.refused:
            raise Failure(f"{self.refused} of {self.total} messages were refused")
