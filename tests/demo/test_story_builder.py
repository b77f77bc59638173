"""Stories in the browser (`static/story.js`): its grammar is the package's, and whatever it composes is a story."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("gradio")

import torch

from demo.generate import builder
from t2v.data.stories.grammar import STORIES_GRAMMAR, held_out_part
from t2v.data.worlds import WORLDS
from t2v.language.chains import join_chain
from t2v.language.wording import say

STATIC = Path(builder.__file__).parent / "static"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no node on this machine; the browser tests compose stories too")

# Changes parts of a story by chance, again and again; every prompt that comes of it.
COMPOSED = """(g, rounds) => {
  const any = list => list[Math.floor(Math.random() * list.length)], said = [];
  const values = {
    count: [1, 2, 3], first: thingsOf(g), second: ['', ...thingsOf(g)], does: [...g.motions, ...g.relations],
    moves: g.motions, ground: ['', ...Object.keys(g.grounds)],
  };
  let story = readStory(g, g.examples[0]);
  for (let k = 0; k < rounds; k++) {
    const part = any(Object.keys(values).filter(part => part !== 'moves' || story.motions.length > 1));
    story = story.things.length > 1 && k % 5 === 0 ? swapped(story) : changeStory(g, story, part, any(values[part]));
    said.push(sayStory(g, story), sayStory(g, anyStory(g)));
  }
  return said;
}"""


def ask(function: str, *values):
    """What a function of the browser's code returns, run by node; its first value is the grammar as the page has it."""
    code = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in ("grammar.js", "story.js"))
    called = ", ".join(map(json.dumps, (builder.story_data(), *values)))
    program = f"{code}\nconsole.log(JSON.stringify(({function})({called})))"
    answered = subprocess.run([NODE, "-"], input=program, capture_output=True, text=True, timeout=600)
    assert answered.returncode == 0, answered.stderr
    return json.loads(answered.stdout)


def change(prompt: str, part: str, value) -> str:
    """The prompt after one part of its story was changed in the builder."""
    return ask("(g, p, part, v) => sayStory(g, changeStory(g, readStory(g, p), part, v))", prompt, part, value)


@needs_node
def test_the_browser_reads_stories_as_the_package_does():
    world, indices = WORLDS["stories"], torch.arange(100)
    captions = world.sample(1, indices)[2] + world.sample(2, indices, held_out=True)[2]
    read = "(g, all) => all.map(p => { const story = readStory(g, p); return story && sayStory(g, story); })"
    assert ask(read, captions) == captions
    forgiven = ["A cat chasing  the mouse in the sky.", "a red circle moving up and an orange star falling"]
    assert ask(read, forgiven) == ["cat chasing mouse in the sky", "red circle moving up and orange star falling"]
    refused = ["cat chasing cat", "two cats chasing mouse", "red cat moving up", "cat", "cat moving up on"]
    assert ask(read, refused) == [None] * len(refused)


@needs_node
def test_the_browser_says_stories_in_russian():
    world = WORLDS["stories"]
    captions = world.sample(1, torch.arange(100))[2] + world.sample(2, torch.arange(100), held_out=True)[2]
    russian = [say(caption, "stories", "ru") for caption in captions]
    assert ask("(g, all) => all.map(p => sayStory(g, readStory(g, p), 'ru'))", captions) == russian
    assert ask("(g, all) => all.map(p => sayStory(g, readStory(g, p), 'en'))", russian) == captions
    shown = "(g, all) => { pageTongue = 'ru'; return all.map(p => inPageTongue(g, p)); }"
    assert ask(shown, [*captions, "a cat, somehow"]) == [*russian, "a cat, somehow"]
    chain, in_russian = join_chain(captions[:3]), join_chain(russian[:3], "ru")
    assert ask(shown, [chain, in_russian]) == [in_russian, in_russian]
    begun = ["кошка гони", "кошка гонится за ", "две ", "кошка движется вверх ", "красный круг над красным "]
    offered = ask("(g, all) => all.map(p => nextStoryWords(g, p))", begun)
    assert offered[0] == ["гонится"] and "мышкой" in offered[1] and "кошкой" not in offered[1]
    assert "кошки" in offered[2] and {"и", "на", "ночью"} <= set(offered[3]) and "квадратом" in offered[4]


@needs_node
def test_every_composed_story_is_a_prompt_in_normal_form():
    prompts = ask(COMPOSED, 300)
    assert [STORIES_GRAMMAR.caption(STORIES_GRAMMAR.parse(prompt)) for prompt in prompts] == prompts
    forms = [STORIES_GRAMMAR.parse(prompt) for prompt in prompts[1::2]]
    assert {bool(story.relation) for story in forms} == {True, False}
    assert {story.count for story in forms} == {1, 2, 3}
    assert all(len({thing.noun for thing in story.things}) == len(story.things) for story in forms)


@needs_node
@pytest.mark.parametrize(
    "prompt, part, value, text",
    [
        ("cat chasing mouse on grass", "does", "moving up", "cat moving up and mouse moving up on grass"),
        ("cat moving up at night", "does", "chasing", "cat chasing mouse at night"),
        ("mouse moving up", "does", "chasing", "mouse chasing cat"),
        ("cat chasing mouse", "second", "cat", "mouse chasing cat"),
        ("cat chasing mouse", "first", "mouse", "mouse chasing cat"),
        ("cat chasing mouse", "second", "", "cat moving up"),
        ("cat chasing mouse", "count", 3, "three cats moving up"),
        ("three cats moving left", "second", "dog", "cat moving left and dog moving left"),
        ("cat moving left", "second", "cat", "two cats moving left"),
        ("cat moving left", "ground", "sky", "cat moving left in the sky"),
    ],
)
def test_a_changed_part_leaves_a_story_behind(prompt, part, value, text):
    assert change(prompt, part, value) == text


@needs_node
def test_swapping_turns_who_does_what_round():
    swap = "(g, p) => sayStory(g, swapped(readStory(g, p)))"
    assert ask(swap, "cat chasing mouse on grass") == "mouse chasing cat on grass"
    assert ask(swap, "red circle falling and bee moving up") == "bee moving up and red circle falling"


@needs_node
def test_next_words_lead_through_a_story():
    begun = ["", "ca", "cat chasing ", "three ", "cat moving up", "cat moving up and ", "cat left ", "dog mouse"]
    begun += ["cat chasing mouse in"]
    offered = dict(zip(begun, ask("(g, all) => all.map(p => nextStoryWords(g, p))", begun), strict=True))
    assert {"cat", "red", "two"} <= set(offered[""]) and offered["ca"] == ["cat"]
    assert "mouse" in offered["cat chasing "] and "cat" not in offered["cat chasing "]
    assert {"cats", "mice", "red"} <= set(offered["three "]) and "cat" not in offered["three "]
    assert {"up-left", "then", "and", "on"} <= set(offered["cat moving up"])
    assert "cat" not in offered["cat moving up and "] and "red" in offered["cat moving up and "]
    assert offered["cat left "] == ["of"] and offered["cat chasing mouse in"] == ["the"]
    assert offered["dog mouse"] == []


def test_examples_and_what_was_never_taught_are_stories():
    data = builder.story_data()
    assert {held_out_part(STORIES_GRAMMAR.parse(prompt)) for prompt in data["unseen"]} == {
        "combination",
        "pair",
        "count",
    }
    assert "cat chasing mouse on grass" in data["examples"] and all(map(STORIES_GRAMMAR.parse, data["examples"]))
    assert data == json.loads(json.dumps(data)) and builder.data_of("stories") == data
