"""`python app.py` on people's machines: proxies, other users' folders, addresses, signals, notebooks."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("gradio")

import httpx

import app

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 300


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def wait_for_page(address: str, program: subprocess.Popen) -> None:
    """Until the page answers; AssertionError with what the program said when it has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            assert program.poll() is None, program.stderr.read()
            try:
                assert client.get(address).status_code == 200
                return
            except httpx.TransportError:
                time.sleep(0.3)
    raise AssertionError("the page never answered")


def opened(tmp_path, *options: str, **environment: str) -> subprocess.Popen:
    """app.py with a temporary folder of its own and these variables."""
    surroundings = os.environ | {"TMPDIR": str(tmp_path)} | environment
    command = [sys.executable, "app.py", *options]
    return subprocess.Popen(
        command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def launched(tmp_path_factory):
    """The page that nobody visits, on a machine with a proxy and another user's files: the program and its folder."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "gradio").write_text("of another user")  # where Gradio would put its files
    port = free_port()
    proxy = f"http://127.0.0.1:{free_port()}"  # at which nobody answers
    surroundings = {"http_proxy": proxy, "https_proxy": proxy, "all_proxy": proxy, "PYTHONIOENCODING": "cp1251"}
    program = opened(folder, "--port", str(port), **surroundings)
    try:
        wait_for_page(f"http://127.0.0.1:{port}/", program)
        yield program, folder
    finally:
        program.kill()


def test_a_proxy_and_a_folder_of_others_stop_nobody(launched):
    program, folder = launched
    assert program.poll() is None and len(list(folder.glob("t2v-visits-*"))) == 1
    assert (folder / "gradio").read_text() == "of another user"


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc on this system")
def test_a_page_that_nobody_visits_holds_no_torch(launched):
    """Which takes half a gigabyte."""
    assert "libtorch" not in Path(f"/proc/{launched[0].pid}/maps").read_text()


def test_a_polite_end_removes_what_was_made_for_visitors(launched):
    """SIGTERM, as a Space sends it."""
    program, folder = launched
    program.send_signal(signal.SIGTERM)
    assert program.wait(PATIENCE_SECONDS) == 0
    assert list(folder.glob("t2v-visits-*")) == []
    assert "Traceback" not in program.stderr.read()


def test_an_address_of_version_6_is_served(tmp_path):
    try:
        port = free_port("::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    program = opened(tmp_path, "--host", "[::1]", "--port", str(port))
    try:
        wait_for_page(f"http://[::1]:{port}/", program)
        program.send_signal(signal.SIGTERM)
        assert program.wait(PATIENCE_SECONDS) == 0
    finally:
        program.kill()


def test_the_page_starts_where_a_loop_is_running(tmp_path):
    """As in a notebook."""
    port = free_port()
    code = f"import asyncio, app\nasync def cell(): return app.main(['--port', '{port}'])\nprint(asyncio.run(cell()))"
    program = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for_page(f"http://127.0.0.1:{port}/", program)
        program.send_signal(signal.SIGTERM)
        assert program.wait(PATIENCE_SECONDS) == 0
    finally:
        program.kill()


@pytest.mark.parametrize(
    ("options", "environment", "text"),
    [
        (["--device", "tpu"], {}, "invalid choice: 'tpu'"),
        (["--device", "mps"], {}, "use --device auto or --device cpu"),
        ([], {"GRADIO_TEMP_DIR": "/proc/nowhere"}, "/proc/nowhere"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="of this machine")
def test_what_cannot_start_says_why_in_one_line(tmp_path, options, environment, text):
    program = opened(tmp_path, "--port", str(free_port()), *options, **environment)
    _, wrong = program.communicate(timeout=PATIENCE_SECONDS)
    assert program.returncode == 2 and text in wrong and wrong.count("\n") == 1, wrong


@pytest.mark.parametrize(
    ("host", "address", "open_to_others"),
    [
        ("127.0.0.1", "127.0.0.1", False),
        ("::1", "[::1]", False),
        ("[::1]", "[::1]", False),
        ("::", "[::]", True),
        ("0.0.0.0", "0.0.0.0", True),
    ],
)
def test_hosts_are_written_as_addresses_and_others_need_leave(host, address, open_to_others):
    assert app.for_address(host) == address
    args = app.make_parser().parse_args(["--host", host])
    if not open_to_others:
        app.check_access(args)
        try:
            port = free_port(app.bare(host))
        except OSError:
            pytest.skip("this machine has no IPv6")
        return app.check_address(host, port)
    with pytest.raises(ValueError, match="others could open this page"):
        app.check_access(args)
