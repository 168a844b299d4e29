"""The exceptions of copytaster, by the subject that failed.

    CopytasterError
     ├── SettingsError      a COPYTASTER_* variable, a feeds file or a desks file is wrong
     ├── BrokerError        the broker cannot be reached or refuses us
     │    ├── BrokerAway    the broker cannot be reached, or does not answer now
     │    ├── BrokerRefused the broker accepts no writes now: full, read-only
     │    ├── BrokerFault   a script failed on the broker, and would fail again
     │    └── InboxFull     the inbox takes no more messages now
     ├── FetchError         a feed could not be fetched
     │    ├── FetchRefused  the address, the size or the scheme is not allowed
     │    └── FetchPostponed the host was busy with other requests of the service
     ├── FormatError        bytes that no format can read
     ├── MessageError       an inbox message that has none of the documented shapes
     │    └── KeyReused     an idempotency key came again, with other messages
     ├── CodecError         JSON that does not decode to the model
     ├── ArchiveError       the archive's database cannot be reached, read or written
     │    └── ArchiveAbsent the archive is not there before its first item
     └── SinkError          a downstream queue did not accept an event
          ├── EventRefused  a downstream queue will never accept an event of this size
          └── SinkClosed    a downstream queue accepts no more events

Every message is a single line for people and names the subject.
"""

__all__ = [
    "ArchiveAbsent",
    "ArchiveError",
    "BrokerAway",
    "BrokerError",
    "BrokerFault",
    "BrokerRefused",
    "CodecError",
    "CopytasterError",
    "EventRefused",
    "FetchError",
    "FetchPostponed",
    "FetchRefused",
    "FormatError",
    "InboxFull",
    "KeyReused",
    "MessageError",
    "SettingsError",
    "SinkClosed",
    "SinkError",
    "SourceError",
    "reason_of",
]


class CopytasterError(Exception):
    """Base of all exceptions. `subject` is the setting, URL, feed, item or desk that failed."""

    def __init__(self, reason: str, *, subject: str = "") -> None:
        super().__init__(f"{subject}: {reason}" if subject else reason)
        self.reason = reason
        self.subject = subject


class SettingsError(CopytasterError):
    """A setting or a configuration file is invalid; nothing was started."""


class BrokerError(CopytasterError):
    """The broker cannot be reached or cannot serve the request now."""


class BrokerAway(BrokerError):  # noqa: N818  # the error is the root's; this says which
    """The broker cannot be reached, is still loading, or does not answer in time."""


class BrokerFault(BrokerError):  # noqa: N818  # the fault is ours
    """A script failed on the broker, by a bug or because of the message that it was given.

    It would fail again with the same message.
    """


class BrokerRefused(BrokerError):  # noqa: N818  # the refusal is the server's
    """The broker is running but accepts no writes now: it is full or read-only, or forbids them.

    The message is not the cause.
    """


class InboxFull(BrokerError):  # noqa: N818  # nothing is wrong
    """The inbox holds as many messages as it may; its senders try again later."""


class FetchError(CopytasterError):
    """A feed could not be fetched: no answer, an HTTP error, a broken body.

    `code` is for programs (docs/politeness.md lists the codes), `status` is the HTTP status if
    there was a response, `retry_after_s` the wait that the server asked for. `url` is the URL that
    gave this response at the end of all redirects; it may be empty if there were none. `reached` is
    False if no connection was made, which may be the fault of the local network.
    """

    def __init__(
        self,
        reason: str,
        *,
        subject: str = "",
        code: str = "broken",
        status: int | None = None,
        retry_after_s: float | None = None,
        url: str = "",
        reached: bool = True,
    ) -> None:
        super().__init__(reason, subject=subject)
        self.code = code
        self.url = url
        self.status = status
        self.retry_after_s = retry_after_s
        self.reached = reached


class FetchRefused(FetchError):  # noqa: N818  # a refusal, not an error of the server
    """The fetch was refused or broken off: address, scheme, size or redirects are not allowed."""


class FetchPostponed(FetchError):  # noqa: N818  # nothing failed
    """The fetch was put off, through no fault of the feed.

    `code` is "turn" if the host's next slot is too far off, "host" if the host asked for a wait,
    and "busy" if other feeds used up the time or memory. `retry_after_s` is the time until another
    attempt makes sense, if it is known.
    """


class FormatError(CopytasterError):
    """The body is in none of the supported formats."""


_LONGEST_REASON = 500


class MessageError(CopytasterError):
    """An inbox message cannot be processed.

    The reason may quote the message, so it is put on one line and truncated.
    """

    def __init__(self, reason: str, *, subject: str = "") -> None:
        line = " ".join(reason[: 2 * _LONGEST_REASON].split())
        if len(line) > _LONGEST_REASON:
            line = f"{line[:_LONGEST_REASON]}..."
        super().__init__(line, subject=subject)


class KeyReused(MessageError):  # noqa: N818  # the fault is the sender's
    """An idempotency key came again within a day, with other messages."""


class CodecError(CopytasterError):
    """JSON does not decode to the model, or a model does not encode."""


class ArchiveError(CopytasterError):
    """The archive's database cannot be reached, read or written; `subject` is its URL."""


class ArchiveAbsent(ArchiveError):  # noqa: N818  # nothing is wrong
    """The archive is not there yet; the first write makes it."""


class SourceError(CopytasterError):
    """The other side of a source cannot be reached, or refuses us; `subject` is its address."""


class SinkError(CopytasterError):
    """A downstream queue did not accept an event.

    `taken` is the number of events at the start of the batch that were accepted all the same;
    `retry_after_s` is the wait that the queue asked for.
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


class EventRefused(SinkError):  # noqa: N818  # the refusal is the other side's
    """A downstream queue refuses an event for its size, and would refuse it again.

    `taken` is the number of events before it; the refused event is the next.
    """


class SinkClosed(SinkError):  # noqa: N818  # the refusal is the other side's
    """A downstream queue accepts no more events; nothing is sent to it until a restart."""


def reason_of(error: object, limit_chars: int | None = None) -> str:
    r"""Return the text of a third-party error on one line, or its type if it has no text.

    >>> reason_of(ValueError("bad\n  name")), reason_of(TimeoutError())
    ('bad name', 'TimeoutError')
    """
    return " ".join(str(error).split())[:limit_chars] or type(error).__name__
