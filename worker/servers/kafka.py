"""Connections to Kafka: `kafkas://user:password@host:9093,host:9093/TOPIC?sasl=PLAIN&ca=/etc/ca`.

Needs the extra `kafka`.
"""

from collections.abc import Mapping

from worker.errors import SettingsError, reason_of
from worker.model.target_url import ServerTarget, read_target

__all__ = ["check_installed", "connection_options", "explain_kafka", "read_kafka_url"]

_PORTS = {"kafka": 9092, "kafkas": 9092}
_OPTIONS = {"sasl": "PLAIN", "ca": ""}
_SECURITY = {
    ("kafka", False): "PLAINTEXT",
    ("kafka", True): "SASL_PLAINTEXT",
    ("kafkas", False): "SSL",
    ("kafkas", True): "SASL_SSL",
}
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


def read_kafka_url(url: str, options: Mapping[str, str]) -> ServerTarget:
    """Return the parts of a URL such as `kafka://host:9092/wire`; its path is the topic.

    Args:
        url: The URL.
        options: The options besides `sasl` and `ca`, with their defaults.

    Raises:
        SettingsError: The URL names no server or no topic, or an option is unknown or wrong.
    """
    target = read_target(url, ports=_PORTS, options={**_OPTIONS, **options})
    if not target.path or "/" in target.path:
        raise SettingsError("name the topic: kafka://HOST/TOPIC", subject=target.shown)
    target.options.choice("sasl", *_MECHANISMS)
    return target


def check_installed() -> None:
    """Raise SettingsError if confluent-kafka is not installed."""
    try:
        import confluent_kafka  # noqa: F401, PLC0415  an extra
    except ImportError as error:
        reason = "confluent-kafka is not installed: pip install 'copytaster[kafka]'"
        raise SettingsError(reason, subject="kafka") from error


def connection_options(target: ServerTarget, name: str) -> dict[str, object]:
    """Return librdkafka's options for a connection.

    Args:
        target: The result of `read_kafka_url`.
        name: The name of the desk or source, which the server's log shows.
    """
    options: dict[str, object] = {
        "bootstrap.servers": ",".join(target.hosts),
        "client.id": f"copytaster-{name}",
        "log_level": 2,  # errors are raised, not printed
        "security.protocol": _SECURITY[target.scheme, bool(target.user)],
    }
    if target.user:
        options["sasl.mechanism"] = target.options.text("sasl")
        options["sasl.username"] = target.user
        options["sasl.password"] = target.password
    if target.options.text("ca"):
        options["ssl.ca.location"] = target.options.text("ca")
    return options


def explain_kafka(error: object) -> str:
    """Return the message of a KafkaError, which a KafkaException holds as its first argument."""
    if isinstance(error, Exception) and error.args:
        error = error.args[0]
    return reason_of((error.str() if hasattr(error, "str") else None) or error)
