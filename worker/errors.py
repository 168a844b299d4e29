"""Everything that copytaster raises, by the subject that failed.

    CopytasterError
     ├── SettingsError      a COPYTASTER_* variable, a feeds file or a desks file is wrong
     ├── BrokerError        the broker cannot be reached or refuses us
     │    ├── BrokerAway    it cannot be reached, or does not answer now
     │    ├── BrokerRefused it is there and takes no writes now: full, read-only
     │    └── BrokerFault   a script of ours failed there, and would again
     ├── FetchError         a feed could not be fetched
     │    ├── FetchRefused  the address, the size or the scheme is not allowed
     │    └── FetchPostponed its host was busy with our other requests
     ├── FormatError        bytes that no format can read
     ├── MessageError       an inbox message that is not one of the documented shapes
     ├── CodecError         JSON that is not ours
     └── SinkError          a downstream queue did not take an event
          └── SinkClosed    it wants no event any more

Every message is one line, names the thing that is wrong and is meant for a person.
"""

__all__ = [
    "BrokerAway",
    "BrokerError",
    "BrokerFault",
    "BrokerRefused",
    "CodecError",
    "CopytasterError",
    "FetchError",
    "FetchPostponed",
    "FetchRefused",
    "FormatError",
    "MessageError",
    "SettingsError",
    "SinkClosed",
    "SinkError",
    "reason_of",
]


class CopytasterError(Exception):
    """The root. `subject` is the setting, URL, feed, item or desk that the error is about."""

    def __init__(self, reason: str, *, subject: str = "") -> None:
        super().__init__(f"{subject}: {reason}" if subject else reason)
        self.reason = reason
        self.subject = subject


class SettingsError(CopytasterError):
    """A variable or a file that configures us is wrong; nothing was started."""


class BrokerError(CopytasterError):
    """The broker is not there, or answered that it cannot serve us now."""


class BrokerAway(BrokerError):  # noqa: N818  # the error is the root's; this says which
    """The broker cannot be reached, is still loading, or does not answer in time."""


class BrokerFault(BrokerError):  # noqa: N818  # the fault is ours
    """A script of ours failed on the broker, by a fault of ours or by what a message made of it.

    It fails again with the same message.
    """


class BrokerRefused(BrokerError):  # noqa: N818  # the refusal is the server's, whoever asks
    """The broker is there and takes no writes of ours now: it is full, read-only, or forbids it.

    No message is the cause of it.
    """


class FetchError(CopytasterError):
    """A feed could not be fetched: no answer, an HTTP error, a broken body.

    `code` is one word for a program (docs/politeness.md has them), `status` the HTTP status where
    there was one, `retry_after_s` what the server asked for. `reached` is False where no
    connection came about, which may be the fault of our own network.
    """

    def __init__(
        self,
        reason: str,
        *,
        subject: str = "",
        code: str = "broken",
        status: int | None = None,
        retry_after_s: float | None = None,
        reached: bool = True,
    ) -> None:
        super().__init__(reason, subject=subject)
        self.code = code
        self.status = status
        self.retry_after_s = retry_after_s
        self.reached = reached


class FetchRefused(FetchError):  # noqa: N818  # the refusal is ours, not an error of the server
    """We did not ask, or stopped reading: address, scheme, size or redirects are out of bounds."""


class FetchPostponed(FetchError):  # noqa: N818  # nothing failed
    """We did not ask, or did not read: the host's turn is far off, it asked us to wait, or other
    feeds kept us. No fault of the feed.

    `code` is "turn", "host" or "busy", `retry_after_s` when there is hope again, where that is
    known.
    """


class FormatError(CopytasterError):
    """The body is in none of the formats that we read."""


_LONGEST_REASON = 500


class MessageError(CopytasterError):
    """An inbox message that nobody can act on as it stands.

    The reason may repeat words of the message, which may be long and hold line breaks.
    """

    def __init__(self, reason: str, *, subject: str = "") -> None:
        line = " ".join(reason[: 2 * _LONGEST_REASON].split())
        if len(line) > _LONGEST_REASON:
            line = f"{line[:_LONGEST_REASON]}..."
        super().__init__(line, subject=subject)


class CodecError(CopytasterError):
    """JSON that does not decode to the model."""


class SinkError(CopytasterError):
    """A downstream queue did not take an event.

    `taken` is how many events of the batch, from its first on, are safe there all the same;
    `retry_after_s` is how long the other side asked us to wait.
    """

    def __init__(
        self,
        reason: str,
        *,
        subject: str = "",
        taken: int = 0,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(reason, subject=subject)
        self.taken = taken
        self.retry_after_s = retry_after_s


class SinkClosed(SinkError):  # noqa: N818  # the refusal is the other side's
    """The other side said that it wants no event any more; nothing is sent until a restart."""


def reason_of(error: object, limit_chars: int | None = None) -> str:
    r"""Return the text of a foreign error on one line; its type if it has no text.

    >>> reason_of(ValueError("bad\n  name")), reason_of(TimeoutError())
    ('bad name', 'TimeoutError')
    """
    return " ".join(str(error).split())[:limit_chars] or type(error).__name__
