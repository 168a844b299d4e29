"""The socket of the web server."""

import socket

import pytest

from worker.errors import SettingsError
from worker.site.server import listen


def test_a_port_in_use_is_named_with_the_option_that_chooses_another():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as caught:
            listen("127.0.0.1", port)
    assert str(caught.value).startswith(f"127.0.0.1:{port}: cannot listen: Address already in use")
    assert str(caught.value).endswith("; --port chooses another")


def test_an_address_that_is_not_ours_has_no_such_hint():
    with pytest.raises(SettingsError, match=r"cannot listen: [^;]+\Z"):
        listen("192.0.2.1", 0)
