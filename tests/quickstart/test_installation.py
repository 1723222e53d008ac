import shutil
import socket
from collections import namedtuple

import pytest

from smsadmin.quickstart import installation
from smsadmin.quickstart.children import Trouble
from smsadmin.quickstart.installation import (
    Claim,
    check_port,
    check_room,
    free_port,
    parse_port,
    secret_key,
    simulator_credentials,
)


def test_a_taken_port_is_named_with_another_to_try():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Trouble) as trouble:
            check_port(port)
    assert f"Port {port} is taken" in str(trouble.value)
    assert f"make run PORT={port + 1}" in str(trouble.value)


def test_a_port_shared_by_agreement_counts_as_taken():
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Trouble, match="is taken"):
            check_port(taken.getsockname()[1])


def test_a_free_port_is_fine():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    check_port(port)


@pytest.mark.parametrize("text", ["", "web", "0", "65536", "-1", "80.5"])
def test_what_is_no_port_is_a_sentence(text):
    with pytest.raises(Trouble, match="is no port"):
        parse_port(text)


def test_ports_are_read():
    assert parse_port("8123") == 8123


def test_a_second_run_of_the_same_folder_says_where_the_first_one_is(folder, monkeypatch):
    monkeypatch.setattr(installation, "SECONDS_FOR_A_DYING_RUN", 0.2)
    first, second = Claim(folder, "http://127.0.0.1:8000/"), Claim(folder, "http://127.0.0.1:8001/")
    first.take()
    with pytest.raises(Trouble, match=r"runs from this folder already: process \d+, http://127.0.0.1:8000/"):
        second.take()
    first.release()


def test_a_lock_file_without_a_holder_never_blocks(folder):
    (folder / "run.lock").write_text('{"pid": 1, "address": "http://127.0.0.1:8000/", "stopping": false}')
    claim = Claim(folder, "http://127.0.0.1:8001/")
    claim.take()
    claim.release()


def test_the_secret_is_made_once_is_private_and_marked_as_a_demo_key(folder):
    made = secret_key(folder)
    assert secret_key(folder) == made
    assert made.startswith("demo-")
    assert len(made) > 50
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_is_seen_before_anything_starts(folder, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 2 * 1024**2))
    with pytest.raises(Trouble, match="is full: 2 MB are free"):
        check_room(folder)


def test_the_wanted_port_is_taken_where_it_is_free_and_another_where_not():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) not in {0, port}
    assert free_port(port) == port


def test_beyond_the_last_port_any_will_do():
    assert 0 < free_port(65536) < 65536


def test_the_simulators_key_and_secret_follow_from_the_secret_and_do_not_tell_it():
    found = simulator_credentials("demo-secret")
    assert found == simulator_credentials("demo-secret") != simulator_credentials("demo-other")
    assert len({*found.values(), "demo-secret"}) == 3
