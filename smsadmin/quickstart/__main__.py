"""``python -m smsadmin.quickstart``: the whole product on one machine, as ``make run`` starts it.

Every step is skipped where its work is done already. Ctrl-C stops all that it started, in reverse order.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from smsadmin.quickstart import children, programs
from smsadmin.quickstart.broker import Broker
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
from smsadmin.quickstart.leftovers import MARK, Register
from smsadmin.quickstart.postgres import Postgres, end_leftover
from smsadmin.quickstart.report import say, step
from smsadmin.quickstart.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = "smsadmin"
SIGN_INS = (
    ("marketer@demo.example", "a marketer: sends, looks, imports"),
    ("support@demo.example", "a support agent: looks up one person"),
    ("admin@demo.example", "an admin of the demo account"),
    ("operator@demo.example", "an operator of this installation"),
)


def main() -> int:
    var = Path(os.environ.get("SMSADMIN_VAR") or ROOT / "var").resolve()
    _listen_to_signals()
    try:
        port = parse_port(os.environ.get("PORT") or "8000")
        return _run(var, port)
    except Trouble as trouble:
        say(f"\n{trouble}")
        return 1
    except KeyboardInterrupt:
        return 0


def _run(var: Path, port: int) -> int:
    address = f"http://127.0.0.1:{port}/"
    for folder in (var, var / "log"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    claim = Claim(var, address)
    claim.take()
    supervisor = Supervisor(Register(var))
    try:
        _start_all(supervisor, var, port)
        _greet(address, var)
        supervisor.watch()
    except Trouble as trouble:
        say(f"\n{trouble}")
        return 1
    finally:
        _stop_all(supervisor, claim)


def _start_all(supervisor: Supervisor, var: Path, port: int) -> None:
    begun = time.monotonic()
    end_leftover(var / "postgres")
    if count := supervisor.register.end_leftovers():
        say(f"  {count} processes of an earlier run were still there and have been ended.")
    check_port(port)
    check_room(var)
    programs.fresh_logs(var / "log")
    env = _environment(var, port)
    _start_database(supervisor, var, env)
    give_back = _start_broker(supervisor, var, env)
    _start_simulator(supervisor, var, port, env)
    programs.prepare(env, var / "log")
    web, *others = programs.programs(port, var, env, give_back=give_back)
    check_port(port)  # again: the database and the demo took a while
    with step("Starting the web server"):  # alone, so that the first page does not wait for the others
        supervisor.start(web)
        programs.wait_for_page(port, supervisor)
    with step("Starting workers and beat"):
        for program in others:
            supervisor.start(program)
    say(f"\nReady after {time.monotonic() - begun:.1f} s.")


def _environment(var: Path, port: int) -> dict[str, str]:
    """The caller's wins, so that each part can be replaced by one that runs already."""
    own = {
        "DEBUG": "1",
        "SMSADMIN_VAR": str(var),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "smsadmin.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
    }
    env = {**own, **{name: value for name, value in os.environ.items() if value}, MARK: str(var)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # each process would compile the whole product again
    if "SECRET_KEY" not in env:
        env["SECRET_KEY"] = secret_key(var)
    return {**simulator_credentials(env["SECRET_KEY"]), **env}


def _start_database(supervisor: Supervisor, var: Path, env: dict[str, str]) -> None:
    if "DATABASE_URL" in env:
        say("  Using the database of DATABASE_URL.")
        return
    new = not (var / "postgres" / "PG_VERSION").exists()
    with step("Making an empty PostgreSQL in var/postgres" if new else "Starting PostgreSQL from var/postgres"):
        server = Postgres(var / "postgres", log=var / "log" / "database.log")
        supervisor.start(server)
        server.create_database(DATABASE)
    env["DATABASE_URL"] = server.url(DATABASE)


def _start_broker(supervisor: Supervisor, var: Path, env: dict[str, str]) -> programs.GiveBack:
    """What must be done before a worker starts: give it what the last one had taken and not finished."""
    if "CELERY_BROKER_URL" in env:
        say("  Using the broker of CELERY_BROKER_URL.")
        return lambda queue: None
    with step("Starting the broker from var/broker"):
        broker = Broker(var / "broker", var / "log" / "broker.log")
        supervisor.start(broker)
    env["CELERY_BROKER_URL"] = broker.url
    return broker.give_back_unacknowledged


def _start_simulator(supervisor: Supervisor, var: Path, port: int, env: dict[str, str]) -> None:
    """The carrier that the demo sends through. Its port may change from start to start: nothing keeps it."""
    if "SIMULATOR_URL" in env:
        say("  Using the simulator of SIMULATOR_URL.")
        return
    own = free_port(port + 1)
    supervisor.start(programs.simulator(own, var, env))
    env["SIMULATOR_URL"] = f"http://127.0.0.1:{own}"


def _greet(address: str, var: Path) -> None:
    say(f"\n  Open    {address}")
    if os.environ.get("DEMO", "1") != "0":
        say("  Sign in with the password  demo  as")
        for email, who in SIGN_INS:
            say(f"          {email:<24} {who}")
    say(f"\n  Logs    {var / 'log'}\n  Stop    Ctrl-C\n")


def _stop_all(supervisor: Supervisor, claim: Claim) -> None:
    _listen_no_more()
    claim.stopping()
    begun, running = time.monotonic(), bool(supervisor.services)
    if running:
        say("\nStopping.")
    supervisor.stop()
    claim.release()
    if running:
        say(f"Stopped after {time.monotonic() - begun:.1f} s. Your data stays in var/; make run starts it again.")


def _listen_to_signals() -> None:
    """All ways to ask for an end come as KeyboardInterrupt; so does the death of the ``make`` that started us."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, _interrupt)
    if sys.platform == "linux" and os.environ.get("MAKELEVEL"):
        ctypes.CDLL(None).prctl(children.PR_SET_PDEATHSIG, signal.SIGTERM)


def _interrupt(number: int, frame: object) -> NoReturn:
    _listen_no_more()
    raise KeyboardInterrupt


def _listen_no_more() -> None:
    """One ending at a time: a second Ctrl-C, or the hang-up that comes with it, must not leave half of it running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
