"""The page in public: what a Space limits, what strangers may send, and what is refused before Gradio sees it."""

import inspect
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

pytest.importorskip("gradio")

import gradio.routes
import httpx
from packaging.requirements import Requirement
from PIL import Image
from serving import run_aside, served

from demo.dataset import tab as dataset
from demo.dataset import writing
from demo.evaluate import jobs
from demo.generate import answers
from demo.gradio_patches.guard import DENIED
from demo.page import build_page, launch_options
from demo.studio import clips
from demo.studio import limits as hosting
from demo.studio.limits import NO_LIMITS, PUBLIC_SPACE, PUBLIC_ZERO_GPU, limits_here
from demo.train import processes
from t2v.data.archive import MAX_BYTES
from t2v.presets import preset

ROOT = Path(__file__).resolve().parents[2]
BUSY_SECONDS = 60  # that a busy machine may take to answer
SMALL = {"grammar": "classic", "videos": 3, "frames": 3, "frame_size_px": 16, "seed": 0, "layout": "packed"}

pytestmark = pytest.mark.filterwarnings("ignore:::gradio.queueing")  # it is behind pandas' news


@pytest.fixture
def public(folders):
    """The page's folders on a public Space."""
    return replace(folders, limits=PUBLIC_SPACE)


# --- Spaces


def test_a_space_is_known_by_its_environment():
    assert limits_here({}) is NO_LIMITS
    assert limits_here({"SYSTEM": "spaces"}) == limits_here({"SPACE_ID": "someone/t2v"}) == PUBLIC_SPACE
    assert limits_here({"SYSTEM": "spaces", "SPACES_ZERO_GPU": "true"}) == PUBLIC_ZERO_GPU


def test_trainings_are_limited_in_code(public):
    recipe = preset("lesson")
    with pytest.raises(ValueError, match=r"minutes must be at most 10\.0, got 11"):
        processes.start(public, recipe, minutes=11)
    with pytest.raises(ValueError, match="batch_size must be at most 64, got 128"):
        processes.start(public, replace(recipe, batch_size=128))
    for larger in (replace(recipe, frames=60), replace(recipe, model=replace(recipe.model, code_size=4096))):
        with pytest.raises(ValueError, match="have their preset's size"):
            processes.start(public, larger)
    assert "--max-minutes 10.0" in processes.command_line(public, recipe)
    assert processes.run_names(public) == []
    lent = replace(public, limits=PUBLIC_ZERO_GPU)
    assert "--device cpu" in processes.command_line(lent, recipe)
    assert "--device" not in processes.command_line(public, recipe)


def test_datasets_are_limited_in_code(public):
    writer = writing.Writer(public)
    for changes, text in (
        ({"videos": 1001}, "videos must be at most 1000"),
        ({"videos": 1000, "frames": 240, "frame_size_px": 128}, "is what all datasets here may take"),
    ):
        with pytest.raises(ValueError, match=text):
            writer.start(**SMALL | changes)
        with pytest.raises(ValueError, match=text):
            dataset.plan(public, **SMALL | changes)
    assert not public.datasets.exists()


def test_the_oldest_go_when_there_is_no_room(tmp_path):
    limits = replace(PUBLIC_SPACE, folder_bytes=50_000)
    for age, name in enumerate(("oldest", "kept", "young")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "videos.npy").write_bytes(bytes(20_000))
        os.utime(tmp_path / name, (1000 + age, 1000 + age))
    limits.make_room(tmp_path, keep=("oldest",))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["oldest", "young"]
    NO_LIMITS.make_room(tmp_path, needed_bytes=10**12)
    assert len(list(tmp_path.iterdir())) == 2


def test_the_page_says_what_is_limited(public, folders):
    with served(public) as address:
        page = httpx.get(address, timeout=BUSY_SECONDS).text
        config = httpx.get(f"{address}config", timeout=BUSY_SECONDS).json()
    assert "takes 10 minutes at most" in page and "has 1,000 clips at most" in page and "Duplicate this Space" in page
    words = json.dumps(config["components"])
    assert "Stop after (minutes; at most 10)" in words and "Clips (at most 1,000)" in words
    with served(folders) as address:
        assert "Duplicate this Space" not in httpx.get(address, timeout=BUSY_SECONDS).text
    assert "Trainings run on the processor" in PUBLIC_ZERO_GPU.training_in_words()


def test_clips_are_drawn_through_a_lent_gpu(tmp_path):
    """With a stand-in for the package that a Space has installed: it notes what is run on the GPU."""
    (tmp_path / "spaces.py").write_text(
        "lent = []\n\ndef GPU(work):\n    lent.append(work.__name__)\n    return work\n"
    )
    code = "import spaces; import demo.studio.clips; assert spaces.lent == ['_make', '_morph'], spaces.lent"
    lent = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "SPACES_ZERO_GPU": "true"}
    subprocess.run([sys.executable, "-c", code], env=lent, check=True, timeout=300)
    assert hosting.on_a_lent_gpu(print) is print


def test_a_gpu_is_wanted_for_drawing_only(folders, monkeypatch, capsys):
    """On ZeroGPU it is announced all the time, but there only while a lent function runs."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert clips.find_sampler(folders, None).device.type == "cpu"
    assert next(jobs.measure(replace(folders, limits=PUBLIC_ZERO_GPU), "shapes", clips=20, seed=0))
    fields = {"id": 1, "prompt": "red circle moving left", "seed": 0, "count": 1, "frames": 5, "seconds": 0.5}
    assert "sheet" in answers.answer_first(folders, answers.Newest(), fields)
    assert "cannot be used" not in capsys.readouterr().err
    next(clips.draw(folders, prompt="red circle moving left"))  # it is not there in truth
    assert "cannot be used" in capsys.readouterr().err


def test_the_repository_is_a_space_as_it_is():
    front = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    message = dict(line.split(": ", 1) for line in front.splitlines() if ": " in line)
    assert message["sdk"] == "gradio" and message["app_file"] == "app.py" and (ROOT / "app.py").is_file()
    required = {r.name: r for r in map(Requirement, (ROOT / "requirements.txt").read_text().splitlines())}
    ours = {message["sdk_version"], version("gradio")}
    assert set(required["gradio"].specifier.filter([*ours, "6.30.0", "7.0.0"])) == ours
    assert "opencv-python-headless" in (ROOT / "requirements.txt").read_text()  # needs no libraries of the system
    assert message.keys() >= {"title", "python_version", "license", "short_description", "tags"}
    assert len(message["short_description"]) <= 60  # what the Hub takes
    with Image.open(ROOT / message["thumbnail"]) as preview:
        assert preview.is_animated
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no working copy of git")
    assert max((ROOT / name).stat().st_size for name in listed.stdout.split("\0") if name) < 10e6


# --- Strangers


def test_private_handlers_have_no_names(page_address):
    with httpx.Client(base_url=page_address[0], timeout=60) as client:
        for way in ("call", "call/v2", "run", "api"):
            for name in ("on_start", "on_write", "on_stop", "on_resume", "on_cancel", "forget_visit"):
                assert client.post(f"/gradio_api/{way}/{name}", json={"data": []}).status_code == 404
        assert client.post("/gradio_api/run/generate", json={"data": ["x"]}).status_code == 404  # past the queue
        assert client.post("/gradio_api/call/vocabulary", json={"data": [None]}).status_code == 200


def test_dangerous_routes_are_closed(page_address):
    """Gradio's for other pages: one writes what a session holds to disk, others decode films and fetch addresses."""
    with httpx.Client(base_url=page_address[0], timeout=60) as client:
        client.post("/gradio_api/queue/join", json={"data": [], "fn_index": 0, "session_hash": "stranger"})
        assert client.get("/gradio_api/deep_link?session_hash=stranger").status_code == 404
        for path in (
            "process_recording",
            "stream/x",
            "vibe-edit",
            "proxy=http://127.0.0.1/",
            "runs",
        ):
            for ask in (client.get, client.post):
                assert ask(f"/gradio_api/{path}").json() == {"detail": "There is no such endpoint."}, path
        assert client.get("/monitoring").status_code != 200
        for path in ("info", "startup-events", "app_id", "theme.css"):
            assert client.get(f"/gradio_api/{path}").status_code == 200, path


def test_each_route_of_gradio_is_known():
    """A newer Gradio with a new route fails here, so that somebody decides whether it is dangerous."""
    harmless = {
        *(
            "app_id",
            "call",
            "cancel",
            "component_server",
            "custom_component",
            "file",
            "heartbeat",
            "info",
            "login_check",
            "openapi.json",
        ),
        *("queue", "reset", "startup-events", "theme.css", "token", "upload", "upload_progress", "user"),
    }
    source = inspect.getsource(gradio.routes)
    paths = re.findall(r'@router\.\w+\(\s*"/([^"]+)"', source) + re.findall(r'@app\.\w+\("/gradio_api/([^"]+)"', source)
    assert len(paths) > 30
    assert {re.split("[/=]", path)[0] for path in paths} - DENIED == harmless


def test_a_visitor_costs_little_memory(page_address, monkeypatch):
    """Gradio keeps a copy of every widget's properties for each visitor, which no page of ours asks for."""
    from gradio import state_holder

    kept = []
    make = state_holder.SessionState.__init__
    monkeypatch.setattr(state_holder.SessionState, "__init__", lambda *given: (make(*given), kept.append(given[0]))[0])
    with httpx.Client(base_url=page_address[0], timeout=60) as client:
        requests = client.post("/gradio_api/call/vocabulary", json={"data": [None]}).json()["event_id"]
        assert "event: complete" in client.get(f"/gradio_api/call/vocabulary/{requests}").text
    assert [len(state.config_values) for state in kept] == [0]


def test_no_file_of_the_machine_is_served(page_address, tmp_path):
    (tmp_path / "secret").write_text("secret")
    with httpx.Client(base_url=page_address[0]) as client:
        for path in ("/etc/passwd", str(ROOT / "app.py"), "../app.py", str(tmp_path / "secret"), "%2e%2e/app.py"):
            assert client.get(f"/gradio_api/file={path}").status_code in (403, 404), path


def test_uploads_are_bounded(page_address, folders):
    def upload(size_bytes, address):
        files = {"files": ("clip.gif", b"GIF89a".ljust(size_bytes, b"\0"))}
        return httpx.post(f"{address}gradio_api/upload", files=files, timeout=60).status_code

    with served(replace(folders, limits=PUBLIC_SPACE)) as address:
        assert upload(1000, address) == 200 and upload(21 * 2**20, address) == 413
    assert upload(21 * 2**20, page_address[0]) == 200  # at home, a film from a telephone
    assert launch_options(NO_LIMITS)["max_file_size"] == MAX_BYTES == 500 * 10**6
    with served(replace(folders, limits=replace(NO_LIMITS, free_bytes=2**62))) as address:  # more than any disk has
        assert upload(1000, address) == 507


def test_visitors_with_auth_only(folders):
    with served(folders, auth=("teacher", "secret")) as address:
        assert httpx.get(f"{address}config").status_code == 401
        assert httpx.post(f"{address}gradio_api/call/generate", json={"data": ["x"]}).status_code == 401
        assert httpx.post(f"{address}gradio_api/upload", files={"files": b"GIF89a"}).status_code == 401


def test_visits_do_not_pile_up(folders):
    assert NO_LIMITS.visits >= 100 and PUBLIC_SPACE.visits >= 100
    folders = replace(folders, limits=replace(NO_LIMITS, visits=3))
    for number in range(6):
        folders.visit(f"visitor {number}")
    assert len(list(folders.visits.iterdir())) == 3
    os.utime(left := folders.visit("visitor 5"), (1000, 1000))
    assert folders.visit("visitor 6").is_dir() and not left.exists()


def test_nothing_is_told_to_others():
    code = "import app, os, pathlib; app.prepare('127.0.0.1', pathlib.Path('visits'))\n"
    code += "assert os.environ['GRADIO_ANALYTICS_ENABLED'] == 'False'"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=300, capture_output=True)


def test_only_the_editor_has_functions_for_strangers(folders):
    """The route `component_server` runs them for everybody."""

    async def build():
        return build_page(folders)

    called = {
        (block.get_block_name(), name)
        for block in run_aside(build()).blocks.values()
        for name in dir(type(block))
        if getattr(getattr(type(block), name, None), "_is_server_fn", False)
    }
    assert called == {("imageeditor", "accept_blobs")}


def test_editor_keeps_few_pictures():
    from types import SimpleNamespace

    from demo.gradio_patches import editor as patch

    editor = patch.keep_little(gradio.ImageEditor(render=False))

    def send(key, *, index="null", size_bytes=10):
        data = {"type": "composite", "index": index, "id": key}
        editor.accept_blobs(SimpleNamespace(data=data, files=[("blob", b"x" * size_bytes)]))

    for k in range(patch.KEPT + 5):
        send(str(k))
    assert list(editor.blob_storage) == [str(k) for k in range(5, patch.KEPT + 5)]
    for bad in ({"index": "1000000000"}, {"index": "-1"}, {"size_bytes": patch.KEPT_BYTES + 1}):
        with pytest.raises(ValueError, match="no part of a picture"):
            send("other", **bad)
    with pytest.raises(ValueError, match="no part of a picture"):
        send("k" * 100)
    with pytest.raises(ValueError, match="no part of a picture"):
        editor.accept_blobs({"data": 1})
    assert "other" not in editor.blob_storage


def test_a_space_offers_no_deletion(folders):
    """There nobody may delete anything, so no button says so."""
    for limits, visible in ((NO_LIMITS, True), (PUBLIC_SPACE, False)):

        async def build(limits=limits):  # outside of an event loop Gradio makes some of its own
            return build_page(replace(folders, limits=limits))

        blocks = {block.elem_id: block for block in run_aside(build()).blocks.values() if hasattr(block, "elem_id")}
        for name in ("about-run-delete", "about-dataset-delete"):
            assert blocks[name].visible == visible
