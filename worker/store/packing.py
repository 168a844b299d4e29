"""Arguments of scripts as MessagePack. Imports no client, so that `feeds try` needs none."""

import msgspec

__all__ = ["as_text"]


def as_text(data: bytes) -> msgspec.Raw:
    """Return bytes as MessagePack text: cmsgpack in the server knows no binary type.

    Lua strings hold any bytes, so nothing is lost.
    """
    return msgspec.Raw(b"\xdb%b%b" % (len(data).to_bytes(4, "big"), data))
