"""The page as a whole: its public endpoints through a real server, its start, its addresses."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("gradio")

import httpx
from gradio_client import Client
from serving import predict, run_aside

from demo.gradio_patches.stream import one_stream
from demo.locale.cookie import ChosenLanguage
from t2v.config import FPS, FRAMES
from t2v.media.clips import read_clip, read_recipe

pytestmark = pytest.mark.filterwarnings("ignore:::gradio.queueing")  # it is behind pandas' news

ROOT = Path(__file__).resolve().parents[2]
SHAPES_PROMPT = "large red circle moving left"


def test_only_two_endpoints_are_public(page_address):
    client = Client(page_address[0], verbose=False)
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {"/generate", "/vocabulary"}
    with pytest.raises(ValueError, match="Cannot find a function"):
        predict(client, "lesson", 5, 0, None, api_name="/on_start")


def test_generate_returns_a_gif_with_or_without_settings(page_address):
    client = Client(page_address[0], verbose=False)
    plain = predict(client, SHAPES_PROMPT, api_name="/generate")
    assert plain.endswith(".gif") and len(read_clip(plain)) == FRAMES and read_recipe(plain)["fps"] == FPS
    full = predict(
        client, prompt="circle moving down", seed=7, frames=4, fps=5, checkpoint="classic", api_name="/generate"
    )
    recipe = read_recipe(full)
    assert (recipe["seed"], recipe["frames"], recipe["fps"], recipe["checkpoint"]) == (7, 4, 5, "classic")
    with pytest.raises(Exception, match="Not known here"):
        predict(client, "purple elephant moving left", api_name="/generate")


def test_vocabulary_is_served_as_json(page_address):
    client = Client(page_address[0], verbose=False)
    text = predict(client, checkpoint="classic", api_name="/vocabulary")
    assert text["slots"]["shape"] == ["circle"]
    assert predict(client, api_name="/vocabulary")["grammar"] == "shapes"
    with pytest.raises(Exception, match="no checkpoint '/etc'"):
        predict(client, "/etc", api_name="/vocabulary")


def test_every_event_waits_in_the_queue(events):
    """The guard refuses all others: calls past the queue are calls by name, which strangers make."""
    assert len(events) > 30 and [event.name for event in events if not event.queue] == []


def test_the_patched_stream_is_for_known_versions_only(caplog):
    assert "close_stream" in one_stream() and one_stream("7.0.0") == ""
    assert "Gradio 7.0.0" in caplog.text


def test_a_waiting_page_rests(folders):
    from gradio.queueing import Queue

    from demo.gradio_patches.idle import QUEUE_REST_SECONDS
    from demo.page import build_page

    async def build():
        return build_page(folders)

    queue = run_aside(build())._queue
    assert "sleep_when_free" in Queue.__init__.__code__.co_names  # what Gradio itself goes by
    assert queue.sleep_when_free == QUEUE_REST_SECONDS


def test_the_page_is_up_before_torch(tmp_path):
    code = (
        "import sys; from pathlib import Path; from demo.studio.workspace import Folders;"
        "from demo.page import build_page;"
        f"p = Path({str(tmp_path)!r}); build_page(Folders(p, p, p, p)); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=300)


@pytest.mark.parametrize(
    ("options", "output"),
    [
        (["--port", "taken"], "try another --port"),
        (["--port", "0"], "port must be from 1 to 65535"),
        (["--port", "many"], "invalid int value"),
        (["--port", "7999", "--host", "no such host"], "unknown host"),
    ],
)
def test_a_bad_address_is_one_line_and_exit_2(options, output):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        options = [str(other.getsockname()[1]) if option == "taken" else option for option in options]
        done = subprocess.run(
            [sys.executable, "app.py", *options], cwd=ROOT, capture_output=True, text=True, timeout=300
        )
    assert done.returncode == 2 and done.stdout == ""
    assert output in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("options", [["--host", "0.0.0.0"], ["--share"], ["--host", "0.0.0.0", "--auth", "nobody"]])
def test_others_come_in_only_when_it_is_said_who(options):
    done = subprocess.run(
        [sys.executable, "app.py", "--port", "7999", *options], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "--auth USER:PASSWORD, or --no-auth" in done.stderr or "must be USER:PASSWORD" in done.stderr


def previewed(served: str) -> str:
    """The address of the picture that links to this page show."""
    return served.partition('og:image" content="')[2].partition('"')[0]


def test_links_to_the_page_show_its_own_name_and_picture(page_address):
    served = httpx.get(page_address[0]).text
    head = served[: served.index("window.gradio_config")]
    assert '<meta property="og:title" content="Flipbook">' in head and 'content="Gradio"' not in head
    assert head.index("t2v_language") < head.index("<style>")  # the chosen language, before Gradio asks the browser
    picture = httpx.get(previewed(served))
    assert picture.status_code == 200 and picture.content[:4] == b"RIFF"
    by_proxy = {"x-forwarded-host": "me-t2v.hf.space", "x-forwarded-proto": "https"}
    served = httpx.get(page_address[0], headers=by_proxy).text
    assert previewed(served) == "https://me-t2v.hf.space/ready/preview.webp"


@pytest.mark.parametrize(("cookie", "accepted"), [("ru", "ru"), ("en", "en"), ("xx", "de"), (None, "de")])
def test_a_chosen_language_comes_before_the_browsers(cookie, accepted):
    calls = []

    async def app(scope, receive, send):
        calls.append(dict(scope["headers"])[b"accept-language"].decode())

    headers = [(b"accept-language", b"de")] + ([(b"cookie", f"a=b; t2v_language={cookie}".encode())] if cookie else [])
    run_aside(ChosenLanguage(app)({"type": "http", "headers": headers}, None, None))
    assert calls == [accepted]
