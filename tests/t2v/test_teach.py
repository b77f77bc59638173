"""A trained model learns something new: what it begins with, what it is shown, and what becomes of it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from t2v.__main__ import main
from t2v.checkpoint.find import find_release
from t2v.checkpoint.release import load_release
from t2v.data import scenes
from t2v.data.batches import SceneStream
from t2v.data.folder import open_dataset
from t2v.data.folder_stream import FolderStream
from t2v.data.grammar import GRAMMARS, Attributes
from t2v.data.rehearsal import Rehearsal
from t2v.data.render import render_frames
from t2v.data.things import cut_out, read_picture, sprites_of
from t2v.data.vocabulary import Vocabulary, grammar_vocabulary
from t2v.evaluation.result import how_to_repeat
from t2v.evaluation.things import captions_of, evaluate_thing, obeys
from t2v.gan.make import make_gan
from t2v.media.clips import write_clip
from t2v.presets import TEACH
from t2v.sampler import load
from t2v.training.loop import train
from t2v.training.teach import begin_from, known_and_new_words, load_start, recipe, with_words

GRAMMAR = "shapes+monster"
NOTHING_YET = {"monster": np.zeros((256, 256, 4), np.uint8)}
QUICK = ["--set", "evaluate_every_steps=0", "--batch-size", "4", "--device", "cpu"]


@pytest.fixture(scope="module")
def monster(tmp_path_factory):
    """The file of a purple monster with green feet, orange ears and two eyes."""
    picture = Image.new("RGBA", (128, 128))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(28, 40), (20, 8), (48, 24)], fill=(240, 150, 30, 255))
    pen.polygon([(100, 40), (108, 8), (80, 24)], fill=(240, 150, 30, 255))
    pen.ellipse([16, 20, 112, 100], fill=(110, 60, 170, 255))
    for x in (32, 76):
        pen.rectangle([x, 88, x + 20, 120], fill=(40, 150, 80, 255))
        pen.ellipse([x, 36, x + 28, 64], fill=(255, 255, 255, 255))
    path = tmp_path_factory.mktemp("pictures") / "monster.png"
    picture.save(path)
    return path


@pytest.fixture(scope="module")
def taught(trained, monster, tmp_path_factory):
    """The run folder of a tiny model that was taught the monster for two steps."""
    out = tmp_path_factory.mktemp("taught") / "run"
    request = ["train", "--from", str(trained), "--thing", f"monster={monster}", "--steps", "2", *QUICK]
    assert main([*request, "--out", str(out)]) == 0
    return out


def test_a_new_word_begins_as_the_shapes_it_joins(trained):
    start, vocabulary = replace(load_start(trained), things=NOTHING_YET), grammar_vocabulary(GRAMMAR)
    config = replace(recipe(start), batch_size=4)
    gan = make_gan(config, vocabulary)
    begin_from(gan, start, vocabulary)
    for network, before in (
        (gan.generator, start.release.generator),
        (gan.generator_ema, start.release.generator),
        (gan.discriminator, start.discriminator),
    ):
        table, old = network.text.embedding.weight, before.text.embedding.weight
        assert torch.equal(table[: len(old)], old)
        shapes = [vocabulary.token_of[shape] for shape in GRAMMARS["shapes"].shapes]
        assert torch.allclose(table[-1], old[shapes].mean(0))
        others = {name: x for name, x in network.state_dict().items() if "embedding" not in name}
        assert all(torch.equal(x, before.state_dict()[name]) for name, x in others.items())


def test_a_new_word_shows_as_many_layers_as_those_it_joins():
    state = {"presence.word_logits.weight": torch.tensor([[0.0, 0.0], [1.0, -1.0], [3.0, -1.0]])}
    known, wanted = Vocabulary(("square", "star"), 3), Vocabulary(("square", "star", "monster"), 3)
    grown = with_words(state, known, wanted, like=[1, 2])["presence.word_logits.weight"]
    assert grown[3].tolist() == [2.0, -1.0] and torch.equal(grown[:3], state["presence.word_logits.weight"])


def test_known_words_are_taken_in_the_order_of_the_wanted():
    state = {"text.embedding.weight": torch.arange(8.0).reshape(4, 2), "other": torch.zeros(1)}
    known, wanted = Vocabulary(("red", "circle", "moving"), 3), Vocabulary(("moving", "red"), 3)
    taken = with_words(state, known, wanted, like=[2])
    assert taken["text.embedding.weight"].tolist() == [[0, 1], [6, 7], [2, 3]] and torch.equal(
        taken["other"], state["other"]
    )


def test_a_smaller_world_is_taught_by_command(trained, tmp_path):
    """What its grammar holds out was known before, so it is not told as unseen."""
    run = tmp_path / "smaller"
    request = ["train", "--from", str(trained), "--set", "grammar=classic", "--steps", "1", *QUICK, "--out", str(run)]
    assert main(request) == 0
    sampler = load(run, device="cpu")
    assert sampler.grammar == "classic" and sampler.release.vocabulary == grammar_vocabulary("classic")
    assert not sampler.never_trained("circle moving up")
    assert "Begun from: `run`, of the `shapes` grammar" in (run / "checkpoint" / "README.md").read_text()
    assert main([*request, "--steps", "2", "--resume"]) == 0
    assert not load(run, device="cpu").never_trained("circle moving up")
    result = how_to_repeat(sampler, clips=1, seed=0)
    assert result["first_world"] == "shapes" and "first_world" not in how_to_repeat(load(trained), clips=1, seed=0)


def test_a_larger_world_is_refused(trained, monster, own_clips, tmp_path, capsys):
    out = ["--out", str(tmp_path / "run")]
    assert main(["train", "--from", str(trained), "--set", "grammar=stories", *out]) == 2
    assert "does not know all words of that grammar, such as" in capsys.readouterr().err
    thing = ["--thing", f"monster={monster}", "--set", "grammar=classic"]
    assert main(["train", "--from", str(trained), *thing, *out]) == 2
    assert "no word for monster" in capsys.readouterr().err
    assert main(["train", "--from", str(trained), "--set", "grammar=classic", "--data", str(own_clips), *out]) == 2
    assert "leave out --data or that" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_own_captions_of_another_world_are_learned_as_anybodys(trained, tmp_path):
    from t2v.data.writer import write_dataset

    write_dataset(tmp_path / "data", grammar="stories", videos=2, frames=4, frame_size_px=16)
    run = tmp_path / "stories"
    request = ["train", "--from", str(trained), "--data", str(tmp_path / "data"), "--steps", "1", *QUICK]
    assert main([*request, "--out", str(run)]) == 0
    assert load(run, device="cpu").grammar is None


def test_teaching_by_command_makes_a_model_of_both(taught, trained, tmp_path):
    status = json.loads((taught / "status.json").read_text())
    assert (status["state"], status["step"]) == ("finished", 2)
    sampler = load(taught, device="cpu")
    assert sampler.grammar == GRAMMAR and set(sampler.release.things) == {"monster"}
    assert sampler(["monster moving up", "red circle moving up"], frames=3).shape == (2, 3, 16, 16, 3)
    assert sampler.never_trained("monster spinning") and not sampler.never_trained("monster flying up")
    out = tmp_path / "clip.gif"
    assert main(["generate", "big monster flying up", "--checkpoint", str(taught), "--out", str(out)]) == 0
    with pytest.raises(ValueError, match="monster"):
        load(trained, device="cpu").normal_form("monster moving up")


def test_a_taught_run_goes_on_and_keeps_its_picture(taught, monster, tmp_path):
    import shutil

    run_dir = tmp_path / "run"
    shutil.copytree(taught, run_dir)
    assert (
        main(["train", "--config", str(run_dir / "config.json"), "--out", str(run_dir), "--steps", "3", "--resume"])
        == 0
    )
    release = load_release(find_release(run_dir))
    assert release.training["steps"] == 3
    assert np.array_equal(release.things["monster"], read_picture(monster))


def test_a_taught_model_can_be_taught_more(taught, monster, tmp_path):
    request = ["train", "--from", str(taught), "--thing", f"dragon={monster}", "--steps", "1", *QUICK]
    assert main([*request, "--out", str(tmp_path / "run")]) == 0
    release = load_release(find_release(tmp_path / "run"))
    assert release.grammar == "shapes+monster+dragon" and list(release.things) == ["monster", "dragon"]


def test_a_trained_model_goes_on_with_what_it_knows(trained, tmp_path):
    assert main(["train", "--from", str(trained), "--steps", "1", *QUICK, "--out", str(tmp_path / "run")]) == 0
    before, after = (load_release(find_release(folder)) for folder in (trained, tmp_path / "run"))
    assert after.grammar == before.grammar and after.vocabulary == before.vocabulary
    change = max(
        (b - a).abs().max() for a, b in zip(before.generator.parameters(), after.generator.parameters(), strict=True)
    )
    assert 0 < change < 0.01  # of one step


def test_a_dataset_with_a_thing_teaches_it(trained, monster, tmp_path):
    data, run_dir = str(tmp_path / "data"), str(tmp_path / "run")
    written = ["--videos", "8", "--frames", "4", "--size", "32", "--layout", "packed", "--thing", f"monster={monster}"]
    assert main(["dataset", "--preset", "shapes", *written, "--out", data]) == 0
    assert main(["train", "--from", str(trained), "--data", data, "--steps", "1", *QUICK, "--out", run_dir]) == 0
    release = load_release(find_release(run_dir))
    assert release.grammar == GRAMMAR and list(release.things) == ["monster"]


@pytest.fixture
def own_clips(tmp_path):
    """A folder of three GIFs with captions that no grammar reads; `moves` is an inflection of a known word."""
    folder, rng = tmp_path / "clips", np.random.default_rng(0)
    folder.mkdir()
    lines = ["file_name,text"]
    for name, text in (("a", "a cat moves left"), ("b", "a cat jumping"), ("c", "two dogs run up")):
        write_clip(folder / f"{name}.gif", rng.integers(0, 255, (4, 32, 32, 3), dtype=np.uint8))
        lines.append(f"{name}.gif,{text}")
    (folder / "metadata.csv").write_text("\n".join(lines))
    return folder


def test_own_clips_add_their_words_to_those_known(trained, own_clips, tmp_path):
    known = grammar_vocabulary("shapes")
    vocabulary = known_and_new_words(known, ["a cat moves left", "a cat jumping", "two dogs run up"])
    assert vocabulary.words[: len(known.words)] == known.words
    assert set(vocabulary.words[len(known.words) :]) == {"a", "cat", "jumping", "two", "dogs", "run"}
    run_dir = tmp_path / "run"
    assert (
        main(["train", "--from", str(trained), "--data", str(own_clips), "--steps", "1", *QUICK, "--out", str(run_dir)])
        == 0
    )
    recipe = json.loads((run_dir / "config.json").read_text())
    assert (recipe["plain_weight"], recipe["plain_until_step"]) == (100.0, 0)  # half of one step: noise is no ground
    go_on = ["train", "--from", str(trained), "--data", str(own_clips), *QUICK, "--out", str(run_dir), "--resume"]
    assert main([*go_on, "--steps", "4"]) == 0  # more steps are no other recipe
    sampler = load(run_dir, device="cpu")
    assert sampler.grammar is None
    assert sampler(["a cat jumps", "red circle moving up-left"], frames=2).shape[0] == 2


def test_half_of_every_batch_rehearses_what_was_known(trained, own_clips):
    start = load_start(trained)
    folder = open_dataset(own_clips, frame_size_px=16)
    vocabulary = known_and_new_words(start.release.vocabulary, folder.captions)
    config = replace(TEACH, model=start.release.model, batch_size=4)

    def stream() -> Rehearsal:
        return Rehearsal(FolderStream(config, vocabulary, folder, None), SceneStream(config, vocabulary))

    both, cat = stream(), vocabulary.token_of["cat"]
    first, second = next(both), next(both)
    assert first.clips.shape == (8, 8, 3, 16, 16) and first.negatives.shape[1] == 8
    known = SceneStream(config, vocabulary)
    assert torch.equal(first.tokens[4:], next(known).tokens) and torch.equal(second.tokens[4:], next(known).tokens)
    assert (first.tokens[:4] == cat).any() and not (first.tokens[4:] == cat).any()
    again = stream()
    again.position = 8
    assert torch.equal(next(again).clips, second.clips)


def test_what_cannot_be_taught_is_refused_in_one_line(trained, taught, monster, tmp_path, capsys):
    thing = ["--thing", f"monster={monster}"]
    cases = [
        (["--from", str(trained), *thing, "--data", str(tmp_path)], "what is new"),
        (["--from", str(taught), *thing], "already a word"),
        (["--from", "baseline", *thing], "cannot be taught more"),
        (["--from", str(tmp_path / "none"), *thing], "no checkpoint"),
        (["--preset", "lesson", *thing], "--from"),
    ]
    for options, reason in cases:
        assert main(["train", *options, "--out", str(tmp_path / "run")]) == 2
        output = capsys.readouterr().err
        assert reason in output and output.count("\n") == 1 and not (tmp_path / "run").exists()


def test_real_clips_of_a_thing_are_found_and_obey(monster):
    picture = read_picture(monster)
    for held_out in (False, True):
        wanted = captions_of(GRAMMAR, "monster", 28, held_out=held_out)
        drawn = scenes.from_attributes(GRAMMAR, wanted, seed=1)
        clips = render_frames(drawn, frame_size_px=64, things=sprites_of({"monster": picture}))
        assert obeys(clips, wanted, picture)["both"] == 1.0
        assert obeys(clips, wanted[1:] + wanted[:1], picture)["motion"] < 0.2  # others' prompts


def test_shapes_and_turned_over_pictures_are_no_sighting(monster):
    picture = read_picture(monster)
    wanted = [Attributes("circle", "moving left", colour=c) for c in GRAMMARS["shapes"].colours]
    clips = render_frames(scenes.from_attributes("shapes", wanted), frame_size_px=64)
    assert obeys(clips, wanted, picture)["found"] == 0
    other = picture.copy()
    other[..., :3] = other[..., [1, 2, 0]]  # the same form in other colours
    wanted = captions_of(GRAMMAR, "monster", 10, held_out=False)
    clips = render_frames(scenes.from_attributes(GRAMMAR, wanted), frame_size_px=64, things=sprites_of({"m": other}))
    assert obeys(clips, wanted, picture)["found"] == 0


def test_a_taught_model_is_measured_on_its_thing(taught):
    result = evaluate_thing(load(taught, device="cpu"), "monster", clips=10, ceiling=True)
    assert result["real_shown"]["motion"] >= 0.8  # frames of 16 px
    assert set(result) == {"shown", "never_shown", "real_shown", "real_never_shown"}


def test_evaluations_of_a_taught_model_count_things_apart(trained, monster, tmp_path):
    pictures = {"monster": cut_out(np.asarray(Image.open(monster)))}
    start = replace(load_start(trained), things=pictures)
    often = {"evaluate_every_steps": 1, "evaluate_clips": 4, "log_every_steps": 1, "batch_size": 4, "steps": 1}
    config = replace(recipe(start), **often)
    train(config, tmp_path / "run", device="cpu", start=start)
    row = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])
    assert {"accuracy_seen", "accuracy_thing_shown", "accuracy_thing_never_shown"} <= row.keys()


def test_batches_also_say_how_else_a_thing_could_move(tiny_config, monster):
    config = replace(tiny_config, grammar=GRAMMAR, batch_size=64)
    things = sprites_of({"monster": read_picture(monster)})
    batch = next(SceneStream(config, grammar_vocabulary(GRAMMAR), things=things))
    word = grammar_vocabulary(GRAMMAR).token_of
    assert torch.equal(batch.alike[::2], batch.tokens[::2])  # shapes
    assert (batch.alike[1::2] == word["monster"]).any(1).all()
    share = {motion: (batch.alike[1::2] == word[motion]).any(1) for motion in ("rotating", "bouncing", "moving")}
    assert all(rows.any() for rows in share.values())  # never shown ones too
    assert (
        not (batch.tokens[1::2] == word["rotating"]).any() and not (batch.negatives[:, 1::2] == word["rotating"]).any()
    )
    for size in ("small", "large"):
        assert torch.equal((batch.alike == word[size]).any(1), (batch.tokens == word[size]).any(1))


def test_appearance_loss_is_of_looks_alone(tiny_config, monster):
    config = replace(tiny_config, grammar=GRAMMAR, appearance_weight=1.0)
    vocabulary = grammar_vocabulary(GRAMMAR)
    things = sprites_of({"monster": read_picture(monster)})
    gan, batch = make_gan(config, vocabulary), next(SceneStream(config, vocabulary, things=things))
    noise = gan.noise(*batch.times.shape)
    assert gan.appearance_loss(batch._replace(alike=batch.tokens), noise) == 0
    gan.appearance_loss(batch, noise).backward()
    assert gan.generator.texture.first.weight.grad.abs().sum() > 0
    with torch.no_grad():
        before = [gan.appearance_loss(batch, noise)]
        for weights in gan.generator.parameters():
            if weights.grad is not None:
                weights -= 0.003 * weights.grad
        assert gan.appearance_loss(batch, noise) < before[0]


def taught_gan(trained, picture):
    """The GAN that is to be taught a thing, its first batch and noise."""
    start, vocabulary = replace(load_start(trained), things={"monster": picture}), grammar_vocabulary(GRAMMAR)
    config = replace(recipe(start), batch_size=16)
    gan = make_gan(config, vocabulary)
    begin_from(gan, start, vocabulary)
    batch = next(SceneStream(config, vocabulary, things=sprites_of(dict(start.things))))
    return gan, batch, gan.noise(*batch.times.shape)


def test_what_is_known_is_kept_and_new_words_are_free(trained, monster):
    gan, batch, noise = taught_gan(trained, read_picture(monster))
    assert gan.keep_loss(gan.before, batch, noise) == 0
    with torch.no_grad():
        for weights in gan.generator.parameters():
            weights += 0.05 * torch.randn(weights.shape, generator=torch.Generator().manual_seed(0))
    forgotten = gan.keep_loss(gan.before, batch, noise)
    gradient = torch.autograd.grad(forgotten, gan.generator.parameters(), allow_unused=True)
    with torch.no_grad():
        for weights, slope in zip(gan.generator.parameters(), gradient, strict=True):
            weights -= 0 if slope is None else 0.01 * slope
    assert 0 < gan.keep_loss(gan.before, batch, noise) < forgotten
    of_monster = (batch.tokens == gan.words_before + 1).any(1)
    only_new = batch._replace(tokens=batch.tokens[of_monster][[0] * len(batch.tokens)])
    assert gan.keep_loss(gan.before, only_new, noise) == 0


def test_a_resumed_teaching_keeps_the_same_model(trained, monster):
    gan, batch, noise = taught_gan(trained, read_picture(monster))
    gan.update_both(batch)
    again = make_gan(gan.config, grammar_vocabulary(GRAMMAR))
    again.load_state_dict(gan.state_dict())
    assert again.keep_loss(again.before, batch, noise) == gan.keep_loss(gan.before, batch, noise) > 0


def test_nothing_is_kept_where_no_word_is_new(trained):
    start = load_start(trained)
    gan = make_gan(recipe(start), start.release.vocabulary)
    begin_from(gan, start, start.release.vocabulary)
    assert gan.before is None and "before" not in gan.state_dict()
