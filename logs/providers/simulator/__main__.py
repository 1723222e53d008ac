"""``python -m logs.providers.simulator --port 8010 --state var/simulator``: the carrier, until SIGTERM.

SIMULATOR_KEY and SIMULATOR_SECRET are the key of its one customer and what it signs callbacks with.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from logs.providers.simulator.callbacks import Callbacks
from logs.providers.simulator.carrier import Carrier, Manners
from logs.providers.simulator.ledger import Ledger
from logs.providers.simulator.wire import serve


def main() -> None:
    arguments = parse()
    key, secret = os.environ.get("SIMULATOR_KEY", ""), os.environ.get("SIMULATOR_SECRET", "")
    if not key or not secret:
        sys.exit(
            "SIMULATOR_KEY and SIMULATOR_SECRET must be set: any two texts, the same as in smsadmin's environment."
        )
    arguments.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(run(arguments, Manners(key, arguments.speed, arguments.odds), secret))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m logs.providers.simulator", description="A carrier for trying out.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder for what it must remember")
    parser.add_argument("--speed", type=speed, default=1.0, help="60: an hour of its delays passes in a minute")
    parser.add_argument("--odds", choices=("real", "delivered"), default="real", help="for numbers without a fate")
    return parser.parse_args()


def speed(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


async def run(arguments: argparse.Namespace, manners: Manners, secret: str) -> None:
    ledger = Ledger(arguments.state / "carrier.sqlite3")
    callbacks = Callbacks(ledger, secret)
    carrier = Carrier(ledger, callbacks, manners)
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await serve(carrier.handle, arguments.host, arguments.port)
    work: list[asyncio.Task[object]] = [asyncio.create_task(callbacks.run()), asyncio.create_task(carrier.forget_old())]
    end: asyncio.Task[object] = asyncio.create_task(stopped.wait())
    done, _ = await asyncio.wait({end, *work}, return_when=asyncio.FIRST_COMPLETED)
    server.close()
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    ledger.close()
    for task in done:
        task.result()  # a fault ends it with its traceback


if __name__ == "__main__":
    main()
