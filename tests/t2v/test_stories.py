"""The world `stories`: what prompts say, what is held out, batches and datasets of it."""

import json
from collections import Counter

import numpy as np
import pytest
import torch

from t2v.config import TrainConfig
from t2v.data.batches import SceneStream
from t2v.data.folder import open_dataset
from t2v.data.grammar import SHAPES
from t2v.data.stories.grammar import (
    DRAWN,
    GROUNDS,
    MOTIONS,
    NOUNS,
    PARTS,
    RELATIONS,
    STORIES_GRAMMAR,
    Story,
    Thing,
    held_out_part,
)
from t2v.data.stories.world import sample
from t2v.data.vocabulary import grammar_vocabulary
from t2v.data.worlds import WORLDS
from t2v.data.writer import write_dataset

WORLD = WORLDS["stories"]


def shown_of(count: int, **options) -> tuple[list[Story], list[str]]:
    _, shown, captions = sample(3, torch.arange(count), **options)
    return shown, captions


def parse(text: str) -> Story:
    return STORIES_GRAMMAR.parse(text)


def test_captions_say_what_is_shown():
    shown, captions = shown_of(400)
    for story, caption in zip(shown, captions, strict=True):
        reading = parse(caption)
        assert STORIES_GRAMMAR.caption(reading) == caption
        assert [t.noun for t in reading.things] == [t.noun for t in story.things]
        assert (reading.motions, reading.relation, reading.count) == (story.motions, story.relation, story.count)
        assert reading.ground in (None, story.ground)
        assert all(a.colour in (None, b.colour) for a, b in zip(reading.things, story.things, strict=True))
        assert len(set(reading.things)) == len(reading.things)


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("A red circle moving left and a cat moving up.", "red circle moving left and cat moving up"),
        ("the dog chasing the cat in sky", "dog chasing cat in the sky"),
        ("one bird above a bee at night", "bird above bee at night"),
        ("Three Stars falling grass", "three stars falling on grass"),
        ("2 mice moving up-left on the sand", "two mice moving up-left on sand"),
        ("cat moving diagonally up-left", "cat moving up-left"),
    ],
)
def test_forgiven_ways_of_writing(text, caption):
    assert STORIES_GRAMMAR.caption(parse(text)) == caption


@pytest.mark.parametrize(
    "text",
    [
        *("cat chasing cat", "red circle meeting red circle on sand", "cat chasing", "chasing dog"),
        *("four stars falling", "stars falling", "two cats falling and two dogs falling", "two cats chasing dog"),
        "cat moving up and dog moving left and bee falling",
        *("cat chasing dog and bee moving up", "cat chasing dog on", "cat moving up on"),
        *("cat moving up on grass at night", "cat on grass moving up", "on grass"),
        *(
            "kitten moving up",
            "elephnt moving up",
            "cat moving upp",
            "cat moving up then down",
            "cat",
            "red cat falling",
        ),
    ],
)
def test_what_is_no_story_is_answered_with_an_example(text):
    with pytest.raises(ValueError) as error:
        parse(text)
    assert str(error.value) == f"{text!r} is no prompt of stories, such as: {STORIES_GRAMMAR.example}"


def test_an_empty_text_is_no_story():
    with pytest.raises(ValueError, match="empty"):
        parse("")


def test_training_shows_nothing_held_out():
    shown, captions = shown_of(3000)
    assert not any(WORLD.is_held_out(story) for story in shown)
    assert not any(WORLD.is_held_out(parse(caption)) for caption in captions)
    vocabulary = grammar_vocabulary("stories")
    words = {word for caption in captions for word in vocabulary.encode([caption])[0].tolist()}
    assert words == set(range(len(vocabulary.words) + 1))


@pytest.mark.parametrize(
    "several, one",
    [
        ("two stars falling", "two star falling"),
        ("three circles rotating counter-clockwise on grass", "three circle rotating counter-clockwise on grass"),
    ],
)
def test_plurals_are_read_as_what_there_are_several_of(several, one):
    vocabulary = grammar_vocabulary("stories")
    assert vocabulary.tokens(several) == vocabulary.tokens(one)
    assert vocabulary.tokens("circle circling star")[0] != vocabulary.tokens("circle circling star")[1]
    assert "stars" not in vocabulary.words and {"mice", "grass", "circling"} < set(vocabulary.words)
    taught = grammar_vocabulary("stories+monster")
    assert taught.tokens("two monsters falling") == taught.tokens("two monster falling")


@pytest.mark.parametrize("part", PARTS)
def test_held_out_clips_are_all_held_out(part):
    shown, captions = shown_of(300, held_out=True, part=part)
    assert {held_out_part(story) for story in shown} == {part}
    assert {held_out_part(parse(caption)) for caption in captions} == {part}


def test_what_the_issue_names_is_held_out():
    for text in (
        "cat catching red circle",
        "cat catching circle at night",
        "dog chasing mouse on sand",
        "bird circling bee",
        "rabbit circling turtle at night",
    ):
        assert WORLD.is_held_out(parse(text)), text
    assert "dog chasing mouse" in WORLD.held_out_rule()


def test_one_in_eight_pairs_are_held_out():
    for relation in RELATIONS:
        pairs = [(a, b) for a in NOUNS for b in NOUNS if a != b]
        if relation == "circling":
            pairs = [(a, b) for a, b in pairs if a not in DRAWN]
        held = sum(held_out_part(Story((Thing(a), Thing(b)), relation=relation)) is not None for a, b in pairs)
        assert 0.06 < held / len(pairs) < 0.2, relation


def test_turned_round_relations_are_held_out_together():
    for a in NOUNS:
        for b in NOUNS:
            one, other = Thing(a), Thing(b)
            for relation, turned in (("left of", "right of"), ("above", "below"), ("meeting", "meeting")):
                first = held_out_part(Story((one, other), relation=relation))
                assert first == held_out_part(Story((other, one), relation=turned))


def test_every_word_occurs_in_a_caption():
    shown, _ = shown_of(3000)
    assert {story.ground for story in shown} == set(GROUNDS)
    assert {motion for story in shown for motion in story.motions} == set(MOTIONS)
    assert {story.relation for story in shown} == {None, *RELATIONS}
    assert Counter(story.count for story in shown).keys() == {1, 2, 3}


def config(**changes) -> TrainConfig:
    return TrainConfig("stories", "stories", **changes)


def test_batches_are_the_same_for_any_batch_size():
    vocabulary = grammar_vocabulary("stories")
    large, small = (SceneStream(config(batch_size=size), vocabulary) for size in (8, 4))
    whole, parts = next(large), [next(small), next(small)]
    assert whole.clips.shape == (8, 8, 3, 32, 32) and whole.tokens.shape == (8, 16)
    assert torch.equal(whole.clips, torch.cat([part.clips for part in parts]))
    assert torch.equal(whole.negatives, torch.cat([part.negatives for part in parts], 1))
    assert whole.clips.amin() >= -1.001 and whole.clips.amax() <= 1.001


def test_things_are_alone_where_they_shall_be():
    indices = torch.arange(200)
    _, shown, captions = WORLD.sample(0, indices, alone=indices < 100)
    assert all(story.bodies == 1 for story in shown[:100]) and any(story.bodies > 1 for story in shown[100:])
    assert captions[100:] == WORLD.sample(0, indices)[2][100:]


def test_negatives_differ_and_are_not_held_out():
    _, captions = shown_of(200)
    rows = WORLD.negatives(captions, torch.rand(200, 20, generator=torch.Generator().manual_seed(0)))
    assert len(rows) == 10
    for row in rows:
        for caption, other in zip(captions, row, strict=True):
            assert other != caption and not WORLD.is_held_out(parse(other))


@pytest.mark.parametrize(
    ("caption", "hard"),
    [
        ("cat chasing mouse on grass", {"mouse chasing cat on grass", "cat catching mouse on grass"}),
        ("red star left of blue square", {"blue star left of red square", "red star right of blue square"}),
        ("two dogs moving left", {"three dogs moving left", "dog moving left", "two dogs moving right"}),
        ("bee moving up and bird falling", {"bird moving up and bee falling", "bee moving down and bird falling"}),
        ("star rotating clockwise", {"star rotating counter-clockwise", "two stars rotating clockwise"}),
        ("cat moving up then left", {"cat moving down then right", "cat moving left then up"}),
    ],
)
def test_hard_negatives_change_roles_ways_and_counts(caption, hard):
    rows = WORLD.negatives([caption], torch.rand(1, 400, generator=torch.Generator().manual_seed(0)))
    assert hard <= {row[0] for row in rows}


def test_a_third_of_negatives_change_what_a_thing_is():
    """For one of its sort: a shape for a shape, a drawing for a drawing."""
    _, captions = shown_of(300)
    rows = WORLD.negatives(captions, torch.rand(300, 24, generator=torch.Generator().manual_seed(0)))
    sorts, changed = [], 0
    for caption, others in zip(captions, zip(*rows, strict=True), strict=True):
        before = sorted(thing.noun for thing in parse(caption).things)
        after = [sorted(thing.noun for thing in parse(other).things) for other in others]
        changed += sum(kinds != before for kinds in after)
        sorts += [sum(name in SHAPES for name in kinds) == sum(name in SHAPES for name in before) for kinds in after]
    assert all(sorts) and 0.3 < changed / (300 * 12) < 0.6


@pytest.mark.parametrize("layout", ["frames", "packed"])
def test_dataset_holds_the_clips_and_what_they_show(tmp_path, layout):
    write_dataset(tmp_path / "data", grammar="stories", videos=6, frame_size_px=32, layout=layout, progress=print)
    folder = open_dataset(tmp_path / "data")
    drawn, shown, captions = WORLD.sample(0, torch.arange(6))
    assert folder.captions == captions
    times = torch.linspace(0, 1, 10).expand(6, -1)
    assert np.array_equal(folder[4], WORLD.render_frames(drawn, frame_size_px=32, times=times)[4])
    lines = [json.loads(line) for line in (tmp_path / "data/metadata.jsonl").read_text().splitlines()]
    assert [line["ground"] for line in lines] == [story.ground for story in shown]


def test_own_things_are_said_as_drawn_ones_are():
    grammar = WORLDS["stories+monster"].grammar
    assert grammar.words == (*STORIES_GRAMMAR.words, "monster")
    story = grammar.parse("the monster chasing a cat on the grass")
    assert story == Story((Thing("monster"), Thing("cat")), relation="chasing", ground="grass")
    assert grammar.caption(grammar.parse("monster falling and red star moving up")) == (
        "monster falling and red star moving up"
    )
    for text in ("two monster falling", "red monster falling", "monster chasing monster", "monster flies"):
        with pytest.raises(ValueError, match=f"'{text}' is no prompt"):
            grammar.parse(text)
    with pytest.raises(ValueError, match="'monster falling' is no prompt"):
        parse("monster falling")


@pytest.mark.parametrize("held_out", [False, True])
def test_own_things_keep_to_what_is_held_out(held_out):
    world = WORLDS["stories+monster+dragon"]
    _, shown, captions = world.sample(5, torch.arange(400), held_out=held_out)
    assert all(world.is_held_out(story) == held_out for story in shown)
    names = [{thing.noun for thing in story.things} & {"monster", "dragon"} for story in shown]
    assert names[1::4] == [{"monster"}] * 100 and names[3::4] == [{"dragon"}] * 100 and not any(names[::2])
    assert all(world.is_held_out(world.grammar.parse(caption)) == held_out for caption in captions)
    plain = WORLD.sample(5, torch.arange(400), held_out=held_out)[2]
    assert captions[::2] == plain[::2]  # the others stay what they were
