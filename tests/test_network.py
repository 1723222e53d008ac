"""The promise of tests/fixtures/network.py, tried."""

import socket

import pytest

from tests.fixtures.network import WorldReached


@pytest.mark.parametrize("address", ["192.0.2.1", "8.8.8.8"])
def test_a_connection_to_the_world_is_refused(address):
    with pytest.raises(WorldReached), socket.socket() as outgoing:
        outgoing.connect((address, 9))


def test_a_datagram_to_the_world_is_refused():
    with pytest.raises(WorldReached), socket.socket(type=socket.SOCK_DGRAM) as outgoing:
        outgoing.sendto(b"x", ("192.0.2.1", 9))


def test_a_name_is_not_even_looked_up():
    with pytest.raises(WorldReached):
        socket.create_connection(("example.org", 80), timeout=1)


def test_this_machine_is_reached():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as here,
    ):
        assert here.getpeername() == server.getsockname()
