import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from smsadmin.quickstart import children, postgres
from smsadmin.quickstart.children import Trouble
from smsadmin.quickstart.postgres import Postgres
from smsadmin.quickstart.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
OUTLIVED = """
import sys, time
from pathlib import Path
from smsadmin.quickstart.postgres import Postgres
with Postgres(Path(sys.argv[1]), durable=False) as server:
    print(server.process.pid, flush=True)
    time.sleep(600)
"""


def write_a_row(server):
    with psycopg.connect(server.url("kept")) as connection:
        connection.execute("drop table if exists note; create table note (text text)")
        connection.execute("insert into note values ('still here')")


def rows(server):
    with psycopg.connect(server.url("kept")) as connection:
        return connection.execute("select text from note").fetchall()


def start_in_another_process(data):
    supervisor = subprocess.Popen(
        [sys.executable, "-c", OUTLIVED, data],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with supervisor.stdout:
        return supervisor, int(supervisor.stdout.readline())


def is_gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_new_folder_becomes_a_database_that_sorts_by_code_point_and_knows_capitals(folder):
    with Postgres(folder / "postgres", durable=False) as server:
        assert server.create_database("fresh") is True
        assert server.create_database("fresh") is False
        with psycopg.connect(server.url("fresh")) as connection:
            found = connection.execute("select 'Z' < 'a', lower('ÄÉ'), current_setting('server_encoding')").fetchone()
    assert found == (True, "äé", "UTF8")


def test_it_listens_on_a_private_socket_only(data):
    with Postgres(data, durable=False) as server:
        assert psutil.Process(server.process.pid).net_connections("inet") == []
        assert server.sockets.stat().st_mode & 0o777 == 0o700


def test_data_survives_a_killed_server(data):
    server = Postgres(data)
    server.start()
    write_a_row(server)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    with Postgres(data) as again:
        assert rows(again) == [("still here",)]


def test_a_server_ends_with_its_supervisor_and_the_data_stays(data):
    supervisor, pid = start_in_another_process(data)
    write_a_row(reached_at(data))
    supervisor.kill()
    supervisor.wait()
    assert wait_until(lambda: is_gone(pid), deadline=time.monotonic() + 20)
    with Postgres(data, durable=False) as again:
        assert rows(again) == [("still here",)]


def reached_at(data):
    """A server that somebody else started."""
    server = Postgres(data, durable=False)
    server.sockets = postgres.sockets.folder(data.with_name(data.name + "-socket"))
    return server


def test_supervisor_and_server_killed_together_recover(data):
    supervisor, pid = start_in_another_process(data)
    os.kill(pid, signal.SIGKILL)
    supervisor.kill()
    supervisor.wait()
    with Postgres(data, durable=False) as again, psycopg.connect(again.url("kept")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_server_that_outlived_its_supervisor_is_ended_first(data):
    left = Postgres(data, durable=False)
    left.start()
    pid = left.process.pid
    with Postgres(data, durable=False) as server:
        assert server.process.pid != pid
        assert left.process.wait() == 0  # a fast, but clean shutdown
    left.stop()


def test_a_pid_file_whose_number_belongs_to_something_else_does_not_block(data):
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n{data}\n\n 1 1\nready   \n")
    with Postgres(data, durable=False) as server:
        assert server.process.poll() is None


@pytest.mark.parametrize("text", ["", "no number\n"])
def test_a_torn_pid_file_does_not_block(data, text):
    (data / "postmaster.pid").write_text(text)
    with Postgres(data, durable=False) as server:
        assert server.process.poll() is None


def test_a_half_made_folder_is_made_again(folder):
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "PG_VERSION").write_text("18\n")
    with Postgres(folder / "postgres", durable=False) as server:
        assert server.process.poll() is None
    assert not (folder / "postgres.new").exists()


def test_a_path_too_long_for_a_socket_is_no_obstacle(folder, made_once):
    deep = folder / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    (deep / "postgres").symlink_to(made_once)  # no copy: what counts is the name
    server = Postgres(deep / "postgres", durable=False)
    with server:
        assert len(os.fsencode(server.sockets)) < children.LONGEST_SOCKET_PATH
        assert server.sockets == reached_at(deep / "postgres").sockets
        assert server.create_database("kept") is False
    server.sockets.rmdir()


@pytest.fixture
def other_text(data):
    """Replace the text of a file of the data folder for one test."""
    before = {}

    def replace(name, text):
        before[name] = (data / name).read_text()
        (data / name).write_text(text)

    yield replace
    for name, text in before.items():
        (data / name).write_text(text)


def test_data_of_another_version_is_left_alone_with_a_sentence(data, other_text):
    other_text("PG_VERSION", "12\n")
    with pytest.raises(Trouble, match="was made by PostgreSQL 12"):
        Postgres(data, durable=False).start()


def test_a_server_that_cannot_start_says_why(data, other_text):
    other_text("postgresql.conf", "no_such_setting = 1\n")
    with pytest.raises(Trouble, match="no_such_setting"):
        Postgres(data, durable=False).start()


def test_missing_programs_are_a_sentence(monkeypatch):
    monkeypatch.setenv("PG_BINDIR", "/nowhere")
    with pytest.raises(Trouble, match="set PG_BINDIR"):
        postgres.find_bindir()


def test_a_full_disk_is_a_sentence():
    said = 'FATAL:  could not write to file "pg_wal/xlogtemp.29": No space left on device'
    assert "disk that holds /data is full" in children.explain("PostgreSQL did not start", said, Path("/data"))


def test_the_callers_settings_for_postgresql_do_not_reach_the_server(monkeypatch):
    monkeypatch.setenv("PGDATA", "/elsewhere")
    monkeypatch.setenv("LANG", "tr_TR.UTF-8")
    kept = postgres.plain_environment()
    assert "PGDATA" not in kept
    assert "LANG" not in kept
    assert kept["LC_ALL"] == "C"
