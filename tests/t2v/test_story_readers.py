"""The readers of stories on real clips, what they make of wrong captions, and `evaluate` of a stories checkpoint."""

import json

import numpy as np
import pytest
import torch

from t2v.data.stories.grammar import MOTIONS, RELATIONS, STORIES_GRAMMAR, THINGS, Thing
from t2v.data.stories.render import render_frames
from t2v.data.stories.world import from_attributes, sample
from t2v.evaluation.report import summary
from t2v.evaluation.stories.evaluate import PARTS, draw_real, evaluate_stories
from t2v.evaluation.stories.flips import EXCHANGE, MIRROR, UPSIDE_DOWN, flipped_motion, flipped_pair
from t2v.evaluation.stories.geometric import read_geometric
from t2v.evaluation.stories.network import PAIRS, load_story_reader, pair_label, read
from t2v.evaluation.stories.train import target_maps
from t2v.evaluation.stories.verdicts import StoryReading, compare

parse = STORIES_GRAMMAR.parse


class RealSampler:
    """Draws what it is asked for, as a perfect model would."""

    grammar = "stories"

    def __call__(self, prompts, *, seeds, frames):
        return draw_real([parse(prompt) for prompt in prompts], seed=seeds[0], frame_size_px=64)


def reading(text: str) -> StoryReading:
    """What a perfect reader sees in a clip."""
    story = parse(text)
    counts = (story.count,) if story.count > 1 else (1,) * len(story.things)
    return StoryReading(story.things, counts, story.motions, story.relation, story.ground)


@pytest.mark.parametrize(
    ("wanted", "shown", "wrong"),
    [
        ("cat chasing red star on grass", "cat chasing red star on grass", set()),
        ("cat chasing red star", "red star chasing cat", {"binding"}),
        ("cat left of dog", "dog right of cat", set()),
        ("cat left of dog", "dog left of cat", {"binding"}),
        ("cat meeting dog", "dog meeting cat", set()),
        ("cat chasing dog", "cat catching dog", {"relation", "binding"}),
        ("red star falling and blue circle moving up", "blue star falling and red circle moving up", {"binding"}),
        ("red star falling and cat moving up", "cat falling and red star moving up", {"binding"}),
        ("red star falling and cat moving up", "cat moving up and red star falling", set()),
        ("two cats falling", "three cats falling", {"count"}),
        ("two cats falling on sand", "two dogs falling on grass", {"thing", "ground"}),
        ("star falling", "red star falling at night", set()),
        ("red star falling", "blue star falling", {"colour"}),
        ("star falling", "red star moving down", {"motion"}),
        ("cat falling", "cat chasing dog", {"thing", "motion", "count"}),
    ],
)
def test_verdicts_name_what_is_wrong(wanted, shown, wrong):
    verdicts = compare(parse(wanted), reading(shown))
    assert {name for name, right in verdicts.items() if not right} == (wrong | {"all"} if wrong else set())


@pytest.mark.parametrize(
    "text",
    [
        "red circle moving left on white",
        "green square moving up then right on sand",
        "blue star bouncing vertically on white",
        "purple triangle falling on grass",
        "yellow star expanding on white",
        "dog moving left on white",
        "red circle chasing blue square on white",
        "blue square catching red circle on grass",
        "green star circling orange circle on white",
        "red star above blue circle on water",
        "purple star passing yellow circle on white",
        "two blue squares moving right on white",
    ],
)
def test_the_geometric_reader_reads_plain_clips(text):
    story = parse(text)
    clips = render_frames(from_attributes([story] * 5, seed=3), frame_size_px=64)
    assert sum(compare(story, result)["all"] for result in read_geometric(clips)) >= 4


def test_both_readers_know_real_clips_from_wrong_captions():
    scenes, stories, _ = sample(77, torch.arange(48))
    clips = render_frames(scenes, frame_size_px=64)
    for readings in (read_geometric(clips), read(load_story_reader(), clips)):
        right = np.mean([compare(story, result)["all"] for story, result in zip(stories, readings, strict=True)])
        others = [compare(story, result)["all"] for story, result in zip(stories[1:], readings, strict=False)]
        assert right > 0.7 and np.mean(others) < 0.05


def test_evaluation_counts_every_part_with_ceiling_and_control():
    result = evaluate_stories(RealSampler(), clips=6, seed=2)
    for part in (*PARTS, "held_out"):
        for counted in (result[part], result[part]["network"]):
            assert (
                counted["accuracy"]["all"]["of"] == counted["ceiling"]["all"]["of"] == (18 if part == "held_out" else 6)
            )
            assert counted["shuffled"]["all"]["of"]
        assert result[part]["blank_frames"] == 0
    assert result["held_out_pairs"]["by_form"].keys() == {"relation"}
    table = summary(result)
    assert "one more thing" in table and "new pair" in table and "binding" in table
    assert json.loads(json.dumps(result)) == result


def test_the_quick_look_asks_for_trained_and_held_out():
    result = evaluate_stories(RealSampler(), clips=3, full=False)
    assert result["seen"]["accuracy"]["all"]["of"] == result["held_out"]["accuracy"]["all"]["of"] == 3
    assert "network" not in result["seen"]


def test_pairs_are_named_from_either_side():
    for relation in (*RELATIONS, None):
        assert PAIRS[pair_label(relation, swapped=False)] == relation
    assert PAIRS[pair_label("left of", swapped=True)] == "right of"
    assert PAIRS[pair_label("meeting", swapped=True)] == "meeting"
    assert PAIRS[pair_label("chasing", swapped=True)] == "chasing, the other way round"
    assert PAIRS[pair_label(None, swapped=True)] is None


def test_flips_say_what_a_mirror_shows():
    assert flipped_motion("moving up-left", MIRROR) == "moving up-right"
    assert flipped_motion("moving up-right", EXCHANGE) == "moving down-left"
    assert flipped_motion("moving down then left", UPSIDE_DOWN) == "moving up then left"
    assert flipped_motion("bouncing vertically", EXCHANGE) == "bouncing horizontally"
    assert flipped_motion("falling", UPSIDE_DOWN) is None and flipped_motion("rotating clockwise", MIRROR) is None
    assert flipped_pair("left of", EXCHANGE) == "above" and flipped_pair("right of", MIRROR) == "left of"
    for words in (MIRROR, UPSIDE_DOWN, EXCHANGE):
        for motion in MOTIONS:
            result = flipped_motion(motion, words)
            assert result is None or flipped_motion(result, words) == motion


def test_target_maps_add_up_to_the_things():
    stories = [parse("two red stars falling on white"), parse("cat chasing dog on sand")]
    maps = target_maps(from_attributes(stories), stories, torch.zeros(2, 1))
    assert torch.allclose(maps[0, 0, THINGS.index(Thing("star", "red"))].sum(), torch.tensor(2.0), atol=0.3)
    assert torch.allclose(
        maps[1, 0].sum((1, 2))[[THINGS.index(Thing("cat")), THINGS.index(Thing("dog"))]], torch.ones(2)
    )
