"""kombu's Redis transport on connections to the master of a replica set.

Celery is given its name by `worker.broker.queues.transport_name`, and the servers as a transport
option.
"""

from typing import Any

from kombu.transport.redis import Channel, Transport

from worker.store.master import MasterConnection, MasterTlsConnection
from worker.store.server_url import BrokerUrl

__all__ = ["MasterTransport"]


class MasterChannel(Channel):
    """A channel whose connections look for the master, and are dropped where it is one no more."""

    connection_class: Any = MasterConnection
    connection_class_ssl: Any = MasterTlsConnection
    from_transport_options: Any = (*Channel.from_transport_options, "servers")
    servers: BrokerUrl

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[no-untyped-call]
        del found["host"], found["port"]
        return {**found, "servers": self.servers}


class MasterTransport(Transport):
    """kombu's transport to Redis and Valkey, for one server, a replica set or Sentinels."""

    Channel = MasterChannel
