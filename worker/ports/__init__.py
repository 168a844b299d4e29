"""The interfaces of the store, a protocol for each concern, and of sinks.

A caller is given the parts that it uses: a poll knows no desks, and a relay nothing else.
Every method of the store raises BrokerError if its server cannot answer. All times are aware and
in UTC; due times and leases go by the store's own clock. tests/contract/ tests every implementation
against these protocols on a real server.
"""

from worker.ports.desks import DeskStreams, Sink
from worker.ports.feeds import FeedStore, HostSlots, PollStore, Subscriptions
from worker.ports.inbox import DeadLetters, Inbox, Pages
from worker.ports.items import ItemArchive, Publications
from worker.ports.metrics import MetricSums
from worker.ports.store import Secrets, Stats, Store

__all__ = [
    "DeadLetters",
    "DeskStreams",
    "FeedStore",
    "HostSlots",
    "Inbox",
    "ItemArchive",
    "MetricSums",
    "Pages",
    "PollStore",
    "Publications",
    "Secrets",
    "Sink",
    "Stats",
    "Store",
    "Subscriptions",
]
