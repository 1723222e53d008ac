import subprocess
import sys
from pathlib import Path

import pytest

from smsadmin.quickstart import venv
from smsadmin.quickstart.venv import Trouble


@pytest.fixture
def clone(folder, monkeypatch):
    """A clone with two locks and no .venv; what would be built is written down instead."""
    (folder / "requirements.txt").write_text("django==1\n")
    (folder / "requirements-dev.txt").write_text("django==1\npytest==1\n")
    done = []
    monkeypatch.setattr(venv, "ROOT", str(folder))
    monkeypatch.setattr(venv, "create", lambda path: (done.append("create"), make_python(Path(path))))
    monkeypatch.setattr(venv, "install", lambda path, lock: done.append(lock))
    return folder, done


def make_python(path):
    (path / "bin").mkdir(parents=True)
    (path / "bin" / "python").symlink_to(sys.executable)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 2), (4, 0, 0)])
def test_a_new_python_will_do(version):
    venv.check_python(version, list)


@pytest.mark.parametrize(
    ("others", "advice"), [([], "make run PYTHON=python3.12 (after"), (["python3.13"], "make run PYTHON=python3.13")]
)
def test_an_old_python_is_a_sentence(others, advice):
    with pytest.raises(Trouble) as trouble:
        venv.check_python((3, 9, 2), lambda: others)
    assert "needs Python 3.11 or later, and this is Python 3.9.2" in str(trouble.value)
    assert advice in str(trouble.value)


def test_the_second_run_does_nothing(clone):
    _, done = clone
    venv.main("requirements.txt")
    venv.main("requirements.txt")
    assert done == ["create", "requirements.txt"]


def test_the_tests_add_to_what_running_needs_and_running_leaves_that(clone):
    _, done = clone
    venv.main("requirements.txt")
    venv.main("requirements-dev.txt")
    venv.main("requirements.txt")
    assert done == ["create", "requirements.txt", "requirements-dev.txt"]


def test_a_changed_lock_is_installed_into_the_same_venv(clone):
    folder, done = clone
    venv.main("requirements.txt")
    (folder / "requirements.txt").write_text("django==2\n")
    venv.main("requirements.txt")
    assert done == ["create", "requirements.txt", "requirements.txt"]


def test_a_developers_venv_stays_one_when_run_refreshes_it(clone):
    folder, done = clone
    venv.main("requirements-dev.txt")
    for name in ("requirements.txt", "requirements-dev.txt"):
        (folder / name).write_text("django==2\n")
    venv.main("requirements.txt")
    assert done == ["create", "requirements-dev.txt", "requirements-dev.txt"]


def test_a_half_built_venv_is_built_again(clone, monkeypatch):
    _, done = clone
    with monkeypatch.context() as broken:
        broken.setattr(venv, "install", lambda path, lock: (_ for _ in ()).throw(Trouble("killed")))
        with pytest.raises(Trouble):
            venv.main("requirements.txt")
    venv.main("requirements.txt")
    assert done == ["create", "create", "requirements.txt"]


def test_a_venv_whose_python_has_gone_is_built_again(clone):
    folder, done = clone
    venv.main("requirements.txt")
    (folder / ".venv" / "bin" / "python").unlink()
    venv.main("requirements.txt")
    assert done == ["create", "requirements.txt"] * 2


def test_a_moved_clone_gets_a_new_venv(clone, monkeypatch):
    folder, done = clone
    venv.main("requirements.txt")
    folder.rename(folder.with_name(folder.name + "-moved"))
    monkeypatch.setattr(venv, "ROOT", str(folder) + "-moved")
    venv.main("requirements.txt")
    Path(str(folder) + "-moved").rename(folder)
    assert done == ["create", "requirements.txt"] * 2


def test_what_pip_is_configured_with_is_handed_to_uv():
    said = (
        "global.cert='/etc/ssl/company.pem'\nglobal.extra-index-url='https://one/simple\\nhttps://two/simple'\n"
        "global.index-url='https://wrong/simple'\ninstall.index-url='https://index/simple'\n"
        ":env:.find-links='/wheels'\nWARNING: something else\n"
    )
    assert venv.for_uv(venv.parse_pip_config(said)) == {
        "UV_DEFAULT_INDEX": "https://index/simple",
        "UV_INDEX": "https://one/simple https://two/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "/wheels",
        "SSL_CERT_FILE": "/etc/ssl/company.pem",
    }


def test_a_pip_without_settings_leaves_uv_its_own():
    assert venv.for_uv(venv.parse_pip_config("")) == {"UV_NATIVE_TLS": "true"}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("NewConnectionError: Failed to establish a new connection", "No package index could be reached"),
        ("OSError: [Errno 28] No space left on device", "is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "could not be installed"),
    ],
)
def test_a_failing_pip_is_a_sentence(said, sentence):
    assert sentence in venv.why_pip_failed(said)


def test_the_script_is_readable_by_python_3_6():
    source = Path(venv.__file__).read_text()
    compiled = subprocess.run(
        [sys.executable, "-c", "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 6))"],
        input=source,
        text=True,
        capture_output=True,
        check=False,
    )
    assert compiled.returncode == 0, compiled.stderr
