"""Connections of the server: none is kept that sends no request."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["TimedConnection"]

HEAD_S = 10.0
"""Longest time for the head of a request; a connection without one counts towards the limit."""


class TimedConnection(H11Protocol):
    """A connection that ends if the head of its next request does not come in time.

    uvicorn has a limit for silence after an answer alone: whoever opens enough connections and
    says nothing, or a letter at a time, would leave none for others.
    """

    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Handle what has come; a whole head ends the wait."""
        super().handle_events()
        if self._is_answering:
            self._stop()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request, unless it is here already."""
        super().on_response_complete()
        if not self._is_answering:
            self._start()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _start(self) -> None:
        self._stop()
        self._limit = self.loop.call_later(HEAD_S, self.transport.close)

    def _stop(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
