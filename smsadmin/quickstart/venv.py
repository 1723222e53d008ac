# ruff: noqa: UP006, UP021, UP031, UP035, UP045, RUF005
# Any python3 must be able to read this file, so that it can say that it is too old.
"""``python3 smsadmin/quickstart/venv.py requirements.txt``: build or refresh ``.venv`` from a lock with hashes.

Only the standard library, syntax of Python 3.6. uv installs, from the index that pip is configured for; where uv
cannot, pip does. A stamp inside .venv says what it holds, so that a second run does nothing and a half-built one is
built again.
"""

import ast
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from typing import Callable, Dict, List, Optional

OLDEST = (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
INSTALLER_LOCK = os.path.join(HERE, "installer.txt")
SUPERSET = "requirements-dev.txt"
UNREACHABLE = re.compile(
    "NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Name or service not known"
    "|Temporary failure in name resolution|Connection refused|Network is unreachable|Failed to establish"
)


class Trouble(Exception):
    """Something that a person must do; the text says what."""


def main(lock: str) -> None:
    with open(os.path.join(ROOT, ".venv.lock"), "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # `make run` and `make test` at the same time: one builds, the other waits
        venv = os.path.join(ROOT, ".venv")
        if read_stamp(venv) in good_stamps(lock):
            return
        check_python(sys.version_info[:3], other_pythons)
        build(venv, lock_to_install(lock, read_stamp(venv)))


def check_python(version: tuple, others: Callable[[], List[str]]) -> None:
    """Trouble unless ``version`` will do; ``others`` finds the names of better ones that are here."""
    if version[:2] >= OLDEST:
        return
    here = ".".join(str(part) for part in version)
    advice = "make run PYTHON=%s" % (others() or ["python3.12 (after you installed that)"])[0]
    raise Trouble("smsadmin needs Python %d.%d or later, and this is Python %s.\nTry: %s" % (OLDEST + (here, advice)))


def other_pythons() -> List[str]:
    """Those that start: pyenv puts names into PATH that it then refuses to run."""
    names = ["python3.%d" % minor for minor in range(14, OLDEST[1] - 1, -1)]
    return [name for name in names if shutil.which(name) and run([name, "--version"]).returncode == 0]


def stamp(lock: str) -> str:
    """What a finished .venv says of itself: the lock and the place (its scripts name that in their first line).

    Not the Python: whichever python3 asks, a .venv that works stays, since something may be running from it.
    """
    with open(os.path.join(ROOT, lock), "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return "%s %s %s" % (lock, digest, ROOT)


def read_stamp(venv: str) -> Optional[str]:
    """None for a .venv that is missing, half-built, or whose Python has gone."""
    try:
        with open(os.path.join(venv, "stamp")) as file:
            text = file.read()
    except OSError:
        return None
    return text if os.path.exists(os.path.join(venv, "bin", "python")) else None


def good_stamps(lock: str) -> List[str]:
    """The development lock holds all of the other, so a .venv made from it is good for running too."""
    locks = {lock, SUPERSET} if os.path.exists(os.path.join(ROOT, SUPERSET)) else {lock}
    return [stamp(name) for name in locks]


def lock_to_install(lock: str, old: Optional[str]) -> str:
    """A developer's .venv stays one when ``make run`` refreshes it."""
    return SUPERSET if old and old.startswith(SUPERSET + " ") else lock


def build(venv: str, lock: str) -> None:
    old, fits = read_stamp(venv), False
    if old is not None:
        fits = old.split(" ", 2)[2:] == [ROOT]
        os.remove(os.path.join(venv, "stamp"))
    if not fits:
        say("Building .venv with Python %s." % platform.python_version())
        remove(venv)
        create(venv)
    say("Installing the packages of %s." % lock)
    install(venv, lock)
    with open(os.path.join(venv, "stamp.new"), "w") as file:
        file.write(stamp(lock))
    os.replace(os.path.join(venv, "stamp.new"), os.path.join(venv, "stamp"))


def remove(venv: str) -> None:
    if os.path.islink(venv) or os.path.isfile(venv):
        os.remove(venv)
    elif os.path.isdir(venv):
        shutil.rmtree(venv)


def create(venv: str) -> None:
    """Without pip where the system's pip can install into it (saves seconds, needs no ensurepip), else with."""
    if pip_can_install_elsewhere():
        done = run([sys.executable, "-m", "venv", "--without-pip", venv])
    else:
        done = run([sys.executable, "-m", "venv", venv])
    if done.returncode:
        if "No space left" in done.stdout:
            raise Trouble("The disk that holds %s is full. Make room there and start again." % ROOT)
        raise Trouble(
            "This Python cannot make a virtual environment: it has neither pip 22.3 or later, nor ensurepip.\n"
            "On Debian or Ubuntu: apt install python3-venv. Elsewhere install pip, or choose another: PYTHON=…\n"
            + indent(done.stdout)
        )


def pip_can_install_elsewhere() -> bool:
    found = re.match(r"pip (\d+)\.(\d+)", run([sys.executable, "-m", "pip", "--version"]).stdout)
    return found is not None and (int(found.group(1)), int(found.group(2))) >= (22, 3)


def install(venv: str, lock: str) -> None:
    python = os.path.join(venv, "bin", "python")
    got_uv = run(pip(python) + ["install", "--quiet", "--retries", "1", "--require-hashes", "-r", INSTALLER_LOCK])
    if got_uv.returncode == 0:
        done = run(
            uv(venv) + ["pip", "sync", "--python", python, "--require-hashes", "--compile-bytecode", lock],
            uv_environment(python),
        )
        if done.returncode == 0:
            return
        say("uv could not install them, so pip does; that takes longer. uv said:\n" + indent(done.stdout))
    elif UNREACHABLE.search(got_uv.stdout):
        raise Trouble(unreachable(got_uv.stdout))
    done = run(pip(python) + ["install", "--quiet", "--require-hashes", "-r", lock])
    if done.returncode:
        raise Trouble(why_pip_failed(done.stdout))


def pip(python: str) -> List[str]:
    """The venv's own pip if it has one, else the system's, told to install there."""
    own = [python, "-m", "pip"]
    if run(own + ["--version"]).returncode == 0:
        return own
    return [sys.executable, "-m", "pip", "--python", python]


def uv(venv: str) -> List[str]:
    return [os.path.join(venv, "bin", "uv")]


def uv_environment(python: str) -> Dict[str, str]:
    """uv reads nothing of pip's: hand over the index, the folders and the certificate that pip is configured with."""
    return dict(for_uv(parse_pip_config(run(pip(python) + ["config", "list"]).stdout)), **os.environ)


def parse_pip_config(text: str) -> Dict[str, str]:
    """``pip config list``: lines like ``global.index-url='…'``. The environment beats [install] beats [global]."""
    found = {}  # type: Dict[str, str]
    for section in ("global", "install", ":env:"):
        for name, value in re.findall(r"^%s\.([\w-]+)=(.*)$" % section, text, re.MULTILINE):
            try:
                found[name] = str(ast.literal_eval(value))
            except (ValueError, SyntaxError):
                continue
    return found


def for_uv(config: Dict[str, str]) -> Dict[str, str]:
    """pip's settings as uv's environment variables. pip takes the best of all indexes; uv must be asked to."""
    wanted = {
        "UV_DEFAULT_INDEX": config.get("index-url", ""),
        "UV_INDEX": " ".join(config.get("extra-index-url", "").split()),
        "UV_INDEX_STRATEGY": "unsafe-best-match" if config.get("extra-index-url") else "",
        "UV_FIND_LINKS": ",".join(config.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(config.get("trusted-host", "").split()),
        "UV_NO_INDEX": "true" if config.get("no-index", "").lower() in ("1", "true", "yes", "on") else "",
        "SSL_CERT_FILE": config.get("cert", ""),
        "UV_NATIVE_TLS": "" if config.get("cert") else "true",
    }
    return {name: value for name, value in wanted.items() if value}


def why_pip_failed(said: str) -> str:
    if UNREACHABLE.search(said):
        return unreachable(said)
    if "No space left" in said:
        return "The disk that holds %s is full. Make room there and start again." % ROOT
    return "The packages could not be installed. pip said:\n" + indent(said)


def unreachable(said: str) -> str:
    return (
        "No package index could be reached. Check the network. Behind a company's proxy, or with an index of your own, "
        "tell pip:\n    pip config set global.index-url https://…   (or set PIP_INDEX_URL)\npip said:\n" + indent(said)
    )


def run(command: List[str], env: Optional[Dict[str, str]] = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )


def indent(text: str) -> str:
    return "\n".join("    " + line for line in text.strip().splitlines()[-10:])


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Trouble as trouble:
        sys.exit("\n%s" % trouble)
    except KeyboardInterrupt:
        sys.exit(130)
