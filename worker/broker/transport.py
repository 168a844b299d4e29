"""kombu's Redis transport, with connections to the master of a replica set.

`worker.broker.queues` configures Celery with its name, and passes the servers as a transport
option.
"""

from typing import Any

from kombu.transport.redis import Channel, Transport

from worker.store.master import MasterConnection, MasterTlsConnection
from worker.store.server_url import BrokerUrl

__all__ = ["MasterTransport"]


class MasterChannel(Channel):
    """A channel that connects to the master, and drops connections to a former master."""

    connection_class: Any = MasterConnection
    connection_class_ssl: Any = MasterTlsConnection
    # kombu sets the attributes of these names from the transport options.
    from_transport_options: Any = (*Channel.from_transport_options, "servers")
    servers: BrokerUrl

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        options: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[no-untyped-call]
        del options["host"], options["port"]  # the connection finds them whenever it is opened
        return {**options, "servers": self.servers}


class MasterTransport(Transport):
    """kombu's transport to Redis and Valkey: a single server, a replica set or Sentinels."""

    Channel = MasterChannel
