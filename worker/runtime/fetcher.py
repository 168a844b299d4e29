"""The HTTP client of a process, with the limits of its settings."""

from worker import __version__
from worker.settings import Settings
from worker.web.api import Fetcher

__all__ = ["open_fetcher"]


def open_fetcher(settings: Settings) -> Fetcher:
    """Return the HTTP client, with all guards and limits of the settings."""
    from worker.web.client import HttpFetcher  # noqa: PLC0415  # a process that only parses has none

    return HttpFetcher(
        user_agent=f"copytaster/{__version__}"
        + (f" (+{settings.contact})" if settings.contact else ""),
        timeout_s=settings.fetch_timeout_s,
        first_byte_s=settings.first_byte_s,
        limit_bytes=settings.fetch_limit_bytes,
        host_connections=settings.host_connections,
        allow_origins=settings.origins,
    )
