"""The command line as a user meets it: every command of the README, and one clear line for every mistake."""

import dataclasses
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from t2v.__main__ import main
from t2v.checkpoint.release import config_digest
from t2v.config import ModelConfig, TrainConfig
from t2v.media.clips import read_clip, read_recipe
from t2v.settings import field_comments
from t2v.system import device
from t2v.system.memory import is_out_of_memory

ROOT = Path(__file__).resolve().parents[2]


def fails(capsys, *arguments) -> str:
    """The one line that these arguments earn; exit code 2, nothing on standard output."""
    try:
        code = main([str(a) for a in arguments])
    except SystemExit as stop:  # argparse
        code = stop.code
    text = capsys.readouterr()
    assert code == 2 and text.out == ""
    assert text.err.count("\n") == 1 and "Traceback" not in text.err, text.err
    return text.err


@pytest.mark.parametrize("ending", [".gif", ".avi", ".mp4", ".webp", ".png", "/"])
def test_generate_writes_every_kind(trained, tmp_path, capsys, ending):
    out = f"{tmp_path}/clip{ending}"
    prompt = "large red circle moving left"
    assert main(["generate", prompt, "--checkpoint", str(trained), "--frames", "7", "--seed", "3", "--out", out]) == 0
    assert capsys.readouterr().out.strip() == out
    if ending != ".png":
        assert read_clip(out).shape == (7, 64, 64, 3)
    if ending != ".avi":
        recipe = read_recipe(out)
        assert (recipe["prompt"], recipe["seed"], recipe["frames"]) == (prompt, 3, 7)


def test_generate_several(trained, tmp_path):
    request = ["generate", "red circle moving left", "--checkpoint", str(trained), "--count", "2", "--seed", "5"]
    assert main([*request, "--scale", "1", "--out", f"{tmp_path}/clip.png"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip_0.png", "clip_1.png"]
    assert [read_recipe(tmp_path / f"clip_{i}.png")["seed"] for i in (0, 1)] == [5, 6]


def test_generate_says_when_a_combination_was_held_out(trained, tmp_path, capsys):
    request = ["generate", "circle moving up then right", "--checkpoint", str(trained), "--out", f"{tmp_path}/a.gif"]
    assert main(request) == 0
    assert "never saw it in training" in capsys.readouterr().err


@pytest.mark.parametrize("layout", ["frames", "packed"])
def test_dataset_then_train_then_generate(tmp_path, layout):
    data, run_dir = str(tmp_path / "data"), str(tmp_path / "run")
    sizes = ["--videos", "5", "--frames", "4", "--size", "32", "--layout", layout]
    assert main(["dataset", "--preset", "shapes", *sizes, "--out", data]) == 0
    assert (tmp_path / "data" / ("videos.npy" if layout == "packed" else "video_4/frame_3.png")).is_file()
    once = ["--preset", "lesson", "--out", run_dir, "--data", data, "--batch-size", "2", "--device", "cpu"]
    assert main(["train", *once, "--steps", "1"]) == 0
    assert main(["train", *once, "--steps", "2", "--resume"]) == 0
    assert json.loads((tmp_path / "run" / "status.json").read_text())["step"] == 2
    assert main(["generate", "blue star shrinking", "--checkpoint", run_dir, "--out", f"{tmp_path}/a.gif"]) == 0


def test_evaluate_writes_its_figures_of_both_readers(trained, tmp_path, capsys):
    folder, out = tmp_path / "release", tmp_path / "metrics.json"
    shutil.copytree(trained / "checkpoint", folder)
    assert main(["evaluate", "--checkpoint", str(folder), "--clips", "12", "--json", str(out), "--publish"]) == 0
    result, output = json.loads(out.read_text()), capsys.readouterr().out
    assert result["clips"] == 12 and "geometric reader" in output and "ceiling" in output
    assert ("network reader" in output) == (result["network_reader"] is not None)
    assert result["checkpoint"]["weights_sha256"] == json.loads((folder / "config.json").read_text())["weights_sha256"]
    assert json.loads((folder / "metrics.json").read_text()) == result
    assert "Measured with" in (folder / "README.md").read_text()


def test_evaluate_refuses_what_it_cannot_measure(trained, tmp_path, capsys):
    out = tmp_path / "metrics.json"

    def refused(*arguments):
        output = fails(capsys, "evaluate", "--json", out, *arguments)
        assert not out.exists()
        return output

    assert "clips must be at least 1, got 0" in refused("--checkpoint", trained, "--clips", "0")
    assert "not complete: config.json is missing" in refused("--checkpoint", trained, "--reader", tmp_path)
    folder = tmp_path / "foreign"
    shutil.copytree(trained / "checkpoint", folder)
    saved = json.loads((folder / "config.json").read_text())
    for grammar, message in (("classic", "not those of the grammar 'classic'"), (None, "has no grammar")):
        config = saved | {"grammar": grammar}
        (folder / "config.json").write_text(json.dumps(config | {"config_sha256": config_digest(config)}))
        assert message in refused("--checkpoint", folder)


def test_a_reader_is_trained_and_used(trained, tmp_path, capsys):
    reader = tmp_path / "reader"
    assert main(["train-reader", "--out", str(reader), "--steps", "1"]) == 0
    assert str(reader) in capsys.readouterr().out
    assert main(["evaluate", "--checkpoint", str(trained), "--clips", "3", "--reader", str(reader)]) == 0
    assert "network reader" in capsys.readouterr().out
    assert "must be at least 1" in fails(capsys, "train-reader", "--out", reader, "--steps", "0")
    assert "another recipe" in fails(capsys, "train-reader", "--out", reader, "--steps", "2")


@pytest.mark.parametrize(
    "prompt, message",
    [
        ("", "empty"),
        ("a purple elephant moving left", "Not known here: “elephant”. Try: purple circle moving left"),
        ("red circle", "How should it move? Understood: red, circle. Try: red circle moving right"),
        ("x" * 10_000, "10,000 characters; at most 1,000"),
        ("\x01\x02\xff", "Nothing here that this model can show. Try: large red circle"),
        ("?!…", "Nothing here that this model can show"),
        ("שלום עולם", "Nothing here that this model can show"),
        ("red circle moving left purple", "Two at once do not fit: red, purple. Try: red circle moving left"),
    ],
)
def test_bad_prompts(trained, tmp_path, capsys, prompt, message):
    assert message in fails(capsys, "generate", prompt, "--checkpoint", trained, "--out", tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())


def test_own_words_are_drawn_and_said(trained, tmp_path, capsys):
    own, normal = tmp_path / "own.gif", tmp_path / "normal.gif"
    assert main(["generate", "a big red ball going up, pls", "--checkpoint", str(trained), "--out", str(own)]) == 0
    assert "Read as: large red circle moving up · big = large" in capsys.readouterr().err
    assert main(["generate", "large red circle moving up", "--checkpoint", str(trained), "--out", str(normal)]) == 0
    assert "Read as" not in capsys.readouterr().err
    assert np.array_equal(read_clip(own), read_clip(normal))
    recipe = read_recipe(own)
    assert (recipe["prompt"], recipe["typed"]) == ("large red circle moving up", "a big red ball going up, pls")


@pytest.mark.parametrize(
    "option, value, message",
    [
        ("--frames", "0", "frames must be at least 1"),
        ("--frames", "-3", "frames must be at least 1"),
        ("--frames", "1000000000", "frames must be at most 240"),
        ("--frames", "ten", "invalid int value: 'ten'"),
        ("--fps", "0", "fps must be a whole number from 1 to 60"),
        ("--fps", "1000", "fps must be a whole number from 1 to 60"),
        ("--scale", "0", "scale must be a whole number from 1 to 16"),
        ("--count", "0", "count must be at least 1"),
        ("--count", "1000000", "count must be at most 1000"),
        ("--seed", "-1", "seed must be at least 0"),
        ("--seed", str(2**70), "seed must be at most"),
        ("--out", "", "The output has no name"),
        ("--checkpoint", "/nowhere", "no checkpoint folder /nowhere"),
        ("--out", "clip.xyz", "'.xyz'"),
        ("--speed", "3", "unrecognized arguments"),
    ],
)
def test_bad_numbers_and_names_of_generate(trained, tmp_path, monkeypatch, capsys, option, value, message):
    monkeypatch.chdir(tmp_path)
    given = {"--checkpoint": trained, "--out": "a.gif"} | {option: value}
    options = [part for pair in given.items() for part in pair]
    assert message in fails(capsys, "generate", "red circle moving left", *options)
    assert not list(tmp_path.iterdir())


def test_an_existing_file_is_not_overwritten(trained, tmp_path, capsys):
    out = tmp_path / "a.gif"
    out.write_text("mine")
    output = fails(capsys, "generate", "red circle moving left", "--checkpoint", trained, "--out", out)
    assert "exists already" in output and out.read_text() == "mine"


@pytest.mark.parametrize(
    "option, value, message",
    [
        ("--videos", "0", "videos must be at least 1"),
        ("--videos", "99999999999", "videos must be at most"),
        ("--frames", "0", "frames must be at least 1"),
        ("--size", "-5", "must be at least"),
        ("--size", "9999999", "must be at most"),
        ("--seed", "-1", "seed must be at least 0"),
        ("--preset", "rainbow", "invalid choice: 'rainbow'"),
    ],
)
def test_bad_numbers_of_dataset(tmp_path, capsys, option, value, message):
    given = {"--preset": "classic", "--videos": "2", "--out": tmp_path / "data"} | {option: value}
    assert message in fails(capsys, "dataset", *[part for pair in given.items() for part in pair])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "option, value, message",
    [
        ("--steps", "0", "steps must be at least 1"),
        ("--steps", "many", "invalid int value"),
        ("--batch-size", "-1", "batch_size must be at least 1"),
        ("--steps", "1" + "0" * 400, "steps must be at most 100000000, got 1000"),
        ("--learning-rate", "nan", "learning_rate must be a number"),
        ("--max-minutes", "0", "max_minutes must be more than 0"),
        ("--max-minutes", "inf", "max_minutes must be more than 0"),
        ("--data", "/nowhere", "/nowhere"),
        ("--preset", "huge", "invalid choice: 'huge'"),
    ],
)
def test_bad_numbers_of_train(tmp_path, capsys, option, value, message):
    given = {"--preset": "lesson", "--out": tmp_path / "run"} | {option: value}
    assert message in fails(capsys, "train", *[part for pair in given.items() for part in pair])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "assignment, message",
    [
        ("penalty_weight", "a setting is written NAME=VALUE, got 'penalty_weight'"),
        ("penalty_wieght=5", "Unknown setting 'penalty_wieght'; did you mean 'penalty_weight'?"),
        ("penalty_weight=much", "penalty_weight must be a number, got 'much'"),
        ("penalty_weight=-1", "penalty_weight must be at least 0"),
        ("batch_size=2.5", "batch_size must be a whole number, got 2.5"),
        ("betas=0.5", "betas must be two numbers"),
        ("betas=0,1", "betas must be at most"),
        ("grammar=poems", "grammar must be classic or shapes"),
        ("model.noise_size=0", "noise_size must be at least 1"),
        ("preset=lesson", "choose a recipe with --preset"),
    ],
)
def test_bad_settings_of_train(tmp_path, capsys, assignment, message):
    out = tmp_path / "run"
    assert message in fails(capsys, "train", "--preset", "lesson", "--out", out, "--set", assignment)
    assert not out.exists()


def test_settings_and_files_make_a_recipe(trained, tmp_path, capsys):
    """A run's own config.json trains the same again, beside settings that are made to differ."""
    written, run_dir = json.loads((trained / "config.json").read_text()), tmp_path / "run"
    run_dir.mkdir()
    (run_dir / "config.json").write_text((trained / "config.json").read_text())  # as the page leaves it there
    options = ["--set", "penalty_weight=5", "--set", "betas=0.5,0.9", "--set", "model.noise_size=3", "--steps", "1"]
    command = ["train", "--config", run_dir / "config.json", "--out", run_dir, "--device", "cpu", *options]
    assert main([str(word) for word in command]) == 0
    assert "Training finished" in capsys.readouterr().out
    wanted = written | {
        "penalty_weight": 5,
        "betas": [0.5, 0.9],
        "steps": 1,
        "model": written["model"] | {"noise_size": 3},
    }
    assert json.loads((run_dir / "config.json").read_text()) == wanted
    output = fails(capsys, "train", "--config", tmp_path / "none.json", "--out", tmp_path / "other")
    assert "none.json is missing" in output and not (tmp_path / "other").exists()
    assert "not allowed with argument" in fails(capsys, "train", "--preset", "lesson", *command[1:])


def test_help_of_train_lists_every_setting_with_its_comment(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    output = capsys.readouterr().out
    for config, prefix in ((TrainConfig, ""), (ModelConfig, "model.")):
        names = {field.name for field in dataclasses.fields(config)} - {"preset", "model"}
        assert all(f"  {prefix}{name}=" in output for name in names)
        comments = field_comments(config)
        assert all(comments[name] in output for name in names) and sum(map(bool, comments.values())) > len(names) / 2


def test_comments_are_the_same_whoever_asks():
    with ThreadPoolExecutor(8) as crowd:
        read = list(crowd.map(field_comments, [TrainConfig, ModelConfig] * 8))
    assert read == read[:2] * 8 and read[0] != read[1]


def test_train_refuses_a_folder_in_use_and_a_resume_of_nothing(trained, tmp_path, capsys):
    assert "--resume" in fails(capsys, "train", "--preset", "lesson", "--out", trained)
    nothing = ("train", "--preset", "lesson", "--out", tmp_path / "none", "--resume")
    assert "nothing to resume" in fails(capsys, *nothing)
    assert "is a run of preset 'lesson'" in fails(capsys, "train", "--preset", "shapes", "--out", trained, "--resume")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_asked_for_and_absent(tmp_path, capsys):
    output = fails(capsys, "train", "--preset", "lesson", "--out", tmp_path / "run", "--device", "cuda")
    assert "'cuda' is not available" in output and not list(tmp_path.iterdir())


@pytest.fixture
def broken_gpu(monkeypatch):
    """A GPU that torch sees and cannot use, as one that is too old for it, or whose driver is."""
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU that works")
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    for cached in (device.problem_with, device._say_once):
        cached.cache_clear()


@pytest.mark.parametrize("command", ["generate", "evaluate", "train"])
def test_a_gpu_that_does_not_work_leaves_it_to_the_cpu(broken_gpu, trained, tmp_path, capsys, command):
    out = tmp_path / ("run" if command == "train" else "clip.gif")
    arguments = {
        "generate": ["red circle moving left", "--checkpoint", trained, "--out", out],
        "evaluate": ["--checkpoint", trained, "--clips", 8],
        "train": ["--preset", "lesson", "--steps", 1, "--set", "batch_size=2", "--out", out],
    }[command]
    assert "'cuda' does not work here" in fails(capsys, command, *arguments, "--device", "cuda")
    assert not out.exists()
    if command == "train":
        return  # torch's own optimizers ask this GPU that is none
    assert main([command, *map(str, arguments)]) == 0
    warnings = [line for line in capsys.readouterr().err.splitlines() if "GPU" in line]
    assert len(warnings) == 1 and "the CPU does the work" in warnings[0]


def test_memory_that_runs_out_is_known_by_its_errors():
    for ask in (lambda: torch.empty(2**60, dtype=torch.uint8), lambda: np.empty(2**60, np.uint8)):
        with pytest.raises((RuntimeError, MemoryError)) as raised:
            ask()
        assert is_out_of_memory(raised.value)
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."))
    assert not is_out_of_memory(RuntimeError("shapes do not match"))


def test_a_file_where_a_folder_should_be(trained, tmp_path, capsys):
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "a.gif"
    assert "is a file" in fails(capsys, "generate", "red circle moving left", "--checkpoint", trained, "--out", out)


def test_the_same_clip_from_the_command_line_and_from_python(trained, tmp_path):
    from t2v import load

    command = [sys.executable, "-m", "t2v", "generate", "red circle moving left", "--checkpoint", str(trained)]
    subprocess.run([*command, "--scale", "1", "--out", str(tmp_path / "frames")], check=True, cwd=ROOT)
    clip = load(trained)(["red circle moving left"], seeds=[0])[0]
    assert np.abs(read_clip(tmp_path / "frames").astype(int) - clip).max() <= 1  # another process, other thread counts


def test_help_names_every_command_and_needs_no_torch():
    code = "import sys, t2v.__main__ as m; m.make_parser().print_help(); assert 'torch' not in sys.modules"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert all(command in output for command in ("dataset", "train", "generate", "evaluate", "benchmark"))


def test_the_package_does_not_import_gradio():
    modules = "t2v.training.loop, t2v.evaluation.evaluate, t2v.benchmark"
    code = f"import sys, {modules}; assert not any(m.startswith('gradio') for m in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
