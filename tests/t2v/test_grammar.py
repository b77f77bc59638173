"""The grammar of prompts: what is understood, what is forgiven, what is refused and how, and what is held out."""

from dataclasses import replace
from itertools import product

import pytest
import torch
from continuations import continuations

from t2v.data.captions import caption_words, stem
from t2v.data.grammar import (
    CLASSIC_GRAMMAR,
    COLOURS,
    DIAGONAL_MOTIONS,
    GRAMMARS,
    MOTIONS,
    SHAPES,
    SHAPES_GRAMMAR,
    SPEEDS,
    Attributes,
    combinations,
    contrasts,
    is_held_out,
    split_words,
    takes_speed,
)
from t2v.data.vocabulary import Vocabulary, caption_vocabulary, grammar_vocabulary


def every_prompt(grammar):
    """All attributes that the grammar can say."""
    for size, colour, shape, motion, speed in product(
        (None, *grammar.sizes), (None, *grammar.colours), grammar.shapes, grammar.motions, (None, *grammar.speeds)
    ):
        if speed is None or takes_speed(motion):
            yield Attributes(shape, motion, size, colour, speed)
            if motion in DIAGONAL_MOTIONS:
                yield Attributes(shape, motion, size, colour, speed, diagonally=True)


def error(prompt: str, grammar=SHAPES_GRAMMAR) -> str:
    with pytest.raises(ValueError) as caught:
        grammar.parse(prompt)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Captions and attributes


@pytest.mark.parametrize("name", GRAMMARS)
def test_every_caption_is_read_back(name):
    grammar, shown = GRAMMARS[name], set()
    for attributes in every_prompt(grammar):
        caption = grammar.caption(attributes)
        assert grammar.parse(caption) == attributes
        shown.add(caption)
    # sizes x colours x shapes x (diagonals said twice, travelling with and without a speed)
    assert len(shown) == (20 if name == "classic" else 3 * 7 * 4 * (26 * 3 + 2))


def test_a_full_prompt_is_understood():
    reading = SHAPES_GRAMMAR.parse("large red circle moving up then right quickly")
    assert reading == Attributes("circle", "moving up then right", "large", "red", "quickly")
    assert SHAPES_GRAMMAR.parse("star shrinking") == Attributes("star", "shrinking")


@pytest.mark.parametrize(
    "written",
    [
        "a small blue square moving up-right slowly",
        "The small blue square moving up right slowly",
        "  SMALL   Blue\tsquare moving UP-RIGHT\nslowly  ",
        "small blue square moving up-right slowly.",
        "small blue square moving up-right slowly. ",
        "small blue color square moving up-right slowly",
        "small blue-coloured square moving up - right slowly",
    ],
)
def test_ways_of_writing_are_forgiven(written):
    wanted = Attributes("square", "moving up-right", "small", "blue", "slowly")
    assert SHAPES_GRAMMAR.parse(written) == wanted


@pytest.mark.parametrize(
    "sense", ["counter-clockwise", "counterclockwise", "counter clockwise", "anticlockwise", "Anti-Clockwise"]
)
def test_counter_clockwise_has_many_spellings(sense):
    assert SHAPES_GRAMMAR.parse(f"star rotating {sense}").motion == "rotating counter-clockwise"
    assert split_words(f"Star rotating {sense}.") == ["star", "rotating", "counterclockwise"]  # no word of the other


def test_classic_lets_people_say_red():
    assert CLASSIC_GRAMMAR.parse("A red circle moving left.") == Attributes("circle", "moving left")
    reading = CLASSIC_GRAMMAR.parse("red circle moving diagonally up-right")
    assert reading == Attributes("circle", "moving up-right", diagonally=True)


# Refusals


@pytest.mark.parametrize(
    "text",
    [
        *("", "   ", "\n", ".", "-", "a", "the"),
        *("purpel circle moving left", "big circle moving left", "red circle moving left fast", "red circle\nxyzzyq"),
        *("red large circle moving left", "moving left red circle", "circle slowly moving left"),
        *("red blue circle moving left", "small large circle moving left"),
        *("large red moving left", "large red circle"),
        *(f"circle {motion} {speed}" for motion in ("shrinking", "expanding") for speed in SPEEDS),
        *("circle moving diagonally left", "circle moving diagonally up then left", "red " * 200),
    ],
)
def test_what_is_no_prompt_is_answered_with_an_example(text):
    message = error(text)
    assert "for example" in message or message.endswith(f"such as: {SHAPES_GRAMMAR.example}")
    assert len(message) < 200


def test_a_long_prompt_is_refused_before_it_is_read():
    message = error("red " * 2500)
    assert "10000 characters" in message
    assert len(message) < 100


@pytest.mark.parametrize(("first", "second"), list(product(("up", "down", "left", "right"), repeat=2)))
def test_only_perpendicular_directions_follow_each_other(first, second):
    prompt = f"circle moving {first} then {second}"
    if (first in ("up", "down")) != (second in ("up", "down")):
        assert SHAPES_GRAMMAR.parse(prompt).motion == f"moving {first} then {second}"
    else:
        assert f"'{prompt}' is no prompt of shapes" in error(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        *("blue circle moving left", "star moving left", "circle moving up then left"),
        *("large circle moving left", "circle moving left slowly"),
    ],
)
def test_classic_lacks_words_of_shapes(prompt):
    SHAPES_GRAMMAR.parse(prompt)
    assert "no prompt of classic" in error(prompt, CLASSIC_GRAMMAR)


# What training never sees


@pytest.mark.parametrize(
    ("caption", "held_out"),
    [
        ("red circle moving up", True),
        ("orange circle moving down", True),
        ("red circle zigzagging vertically", True),
        ("red circle moving left", False),
        ("green star moving up then right", True),
        ("star moving up then right slowly", True),
        ("circle moving up", False),
    ],
)
def test_held_out_prompts_never_change(caption, held_out):
    assert is_held_out("shapes", SHAPES_GRAMMAR.parse(caption)) == held_out


def test_size_and_speed_do_not_change_what_is_held_out():
    for attributes in combinations("shapes"):
        assert not is_held_out("shapes", replace(attributes, size="large", speed="slowly", diagonally=True))


def test_one_in_eight_is_held_out_and_every_word_is_seen():
    trained, held_out = combinations("shapes"), combinations("shapes", held_out=True)
    assert len(trained) + len(held_out) == len(SHAPES) * len(COLOURS) * len(MOTIONS)
    assert not set(trained) & set(held_out)
    by_hash = [a for a in held_out if a.motion != "moving up then right"]
    assert 0.09 < len(by_hash) / (len(by_hash) + len(trained)) < 0.16
    assert {a.shape for a in trained} == {a.shape for a in by_hash} == set(SHAPES)
    assert {a.colour for a in trained} == {a.colour for a in by_hash} == set(COLOURS)
    assert {a.motion for a in trained} == set(MOTIONS) - {"moving up then right"}
    # both legs of the motion held out altogether are known from others
    assert {"moving up then left", "moving down then right"} <= {a.motion for a in trained}
    assert set(product(SHAPES, COLOURS)) == {(a.shape, a.colour) for a in trained}


def test_classic_trains_on_the_tutorials_eighteen_prompts():
    captions = {CLASSIC_GRAMMAR.caption(a) for a in combinations("classic")}
    straight = {f"circle moving {d}" for d in ("down", "left", "right")}
    diagonal = {f"circle moving {d}" for d in ("up-left", "down-right", "down-left")}
    diagonal |= {f"circle moving diagonally {d}" for d in ("up-left", "up-right", "down-left", "down-right")}
    turning = {"circle rotating clockwise", "circle rotating counter-clockwise", "circle shrinking", "circle expanding"}
    swinging = {f"circle {m} {d}" for m in ("bouncing", "zigzagging") for d in ("vertically", "horizontally")}
    assert captions == straight | diagonal | turning | swinging
    assert len(captions) == 18
    held_out = {CLASSIC_GRAMMAR.caption(a) for a in combinations("classic", held_out=True)}
    assert held_out == {"circle moving up", "circle moving up-right"}


# Words to numbers


def test_tokens_follow_the_words_and_share_hyphenated_parts():
    vocabulary = grammar_vocabulary("shapes")
    captions = ["small red star moving up-right slowly", "circle moving up then right"]
    tokens = vocabulary.encode(captions)
    assert tokens.shape == (2, 8)
    assert tokens.dtype == torch.long
    read_back = [" ".join(vocabulary.words[token - 1] for token in row if token) for row in tokens.tolist()]
    assert read_back == [caption.replace("-", " ") for caption in captions]
    assert tokens[1, 5:].tolist() == [0, 0, 0]
    assert tokens[0, 4:6].tolist() == [tokens[1, 2], tokens[1, 4]]


@pytest.mark.parametrize("name", GRAMMARS)
def test_the_vocabulary_is_the_whole_grammar_in_a_fixed_order(name):
    vocabulary, grammar = grammar_vocabulary(name), GRAMMARS[name]
    captions = [grammar.caption(a) for a in every_prompt(grammar)]
    tokens = vocabulary.encode(captions)
    assert len(tokens.unique(dim=0)) == len(captions)
    assert set(tokens.unique().tolist()) == set(range(len(vocabulary.words) + 1))


def test_the_vocabulary_order_is_part_of_every_saved_model():
    assert " ".join(grammar_vocabulary("classic").words) == (
        "circle diagonally moving up down left right rotating clockwise counterclockwise shrinking expanding bouncing "
        "vertically horizontally zigzagging"
    )
    assert " ".join(grammar_vocabulary("shapes").words) == (
        "small large red orange yellow green blue purple circle square triangle star diagonally moving up down left "
        "right rotating clockwise counterclockwise shrinking expanding bouncing vertically horizontally zigzagging "
        "then slowly quickly"
    )


def test_an_unknown_word_has_no_token():
    with pytest.raises(ValueError, match="Unknown word 'purpel'; did you mean 'purple'"):
        grammar_vocabulary("shapes").encode(["purpel circle moving left"])
    with pytest.raises(ValueError, match="10 words; this model reads at most 8"):
        grammar_vocabulary("shapes").encode([" ".join(["red"] * 10)])


def test_own_captions_make_their_own_vocabulary():
    vocabulary = caption_vocabulary(["A cat jumps", "a dog sleeps soundly.", "the cat sleeps"])
    assert vocabulary.words == ("a", "cat", "dog", "jumps", "sleeps", "soundly", "the")
    assert vocabulary.max_tokens == 4
    assert vocabulary.encode(["the dog jumps"]).tolist() == [[7, 3, 4, 0]]


def test_articles_and_unknown_words_of_own_captions():
    vocabulary = caption_vocabulary(["cat jumps", *(f"dog number{n}" for n in range(50))])
    assert vocabulary.encode(["the cat jumps"]).tolist() == vocabulary.encode(["cat jumps"]).tolist()
    for unknown, messages in (("xylophone", "Unknown word 'xylophone'"), ("the", "no words")):
        with pytest.raises(ValueError, match=messages) as caught:
            vocabulary.encode([unknown])
        assert str(caught.value).count(",") == 6 and "the, " not in str(caught.value)


def test_own_captions_join_case_punctuation_and_stems():
    vocabulary = caption_vocabulary(["A cat, jumping!", "Two CATS jump.", "кошки прыгают", "«Кошка» прыгала?"])
    assert vocabulary.words == ("a", "cat", "jump", "two", "кошка", "прыгала")
    same = vocabulary.encode(["a cat jumps", "A “cat” — jumping", "a Cats... JUMPED"])
    assert len(same.unique(dim=0)) == 1
    assert vocabulary.encode(["кошку прыгает"])[0, :2].tolist() == [5, 6]
    with pytest.raises(ValueError, match="Unknown word 'cut'; did you mean 'cat'"):
        vocabulary.encode(["a cut jumps"])
    with pytest.raises(ValueError, match="no words"):
        vocabulary.encode(["!!!"])
    with pytest.raises(ValueError, match="no words"):
        caption_vocabulary(["a cat", "?!"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A cat.", "a CAT"),
        ("c\u00adat", "cat"),
        ("cat\u200b sleeps", "cat sleeps"),
        ("\u202bcat\u202c", "cat"),
        ("ко\u0301шка", "Кошка"),
        ("ёлка", "елка"),
        ("й", "и\u0306"),
        ("café", "cafe\u0301"),
        ("ＣＡＴ", "cat"),
        ("STRASSE", "straße"),
        ("the cat's tail", "the cat’s tails"),
        ("the cat's tail", "the cats tail"),
        ("red_ball", "red-ball"),
        ("don’t stop", "Don't stop!"),
        ("קוֹלְנוֹעַ!", "קוֹלְנוֹעַ"),
    ],
)
def test_no_sign_makes_another_word(one, other):
    assert list(map(stem, caption_words(one))) == list(map(stem, caption_words(other))) != []
    assert caption_vocabulary([one]).encode([other]).tolist() == caption_vocabulary([one]).encode([one]).tolist()


def test_a_caption_of_a_thousand_signs_is_read():
    caption = "红" * 1000
    assert caption_vocabulary([caption]).encode([caption]).shape == (1, 1000)
    with pytest.raises(ValueError, match="1001 characters; at most 1000 are read"):
        caption_vocabulary([caption]).encode([caption + "红"])


def test_scripts_without_spaces_are_cut_into_characters():
    assert caption_vocabulary(["红色的圆", "蓝色的圆。"]).max_tokens == 4
    assert caption_words("红色circle、まる") == ["红", "色", "circle", "ま", "る"]
    assert caption_words("नमस्ते दुनिया, café") == ["नमस्ते", "दुनिया", "café"]


def test_a_vocabulary_of_before_reads_as_it_did():
    """Words were split at spaces and hyphens alone; what such a checkpoint was trained on keeps its tokens."""
    before = Vocabulary(("a", "cat", "cat,", "cats", "sleeps", "sleeps!"), max_tokens=3)
    assert before.encode(["A cat, sleeps!"]).tolist() == [[1, 3, 6]]
    assert before.encode(["a cats sleeps"]).tolist() == [[1, 4, 5]]
    assert before.encode(["a cat; sleeping"]).tolist() == [[1, 2, 5]]


@pytest.mark.parametrize("words", [(), ("a", "a"), ("a", 1)])
def test_a_vocabulary_is_different_words(words):
    with pytest.raises(ValueError, match="vocabulary"):
        Vocabulary(words, max_tokens=4)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("large re", ["red"]),
        ("The large red colour ci", ["circle"]),
        ("large  red ", ["circle", "square", "triangle", "star"]),
        ("red circle moving up-", ["up-left", "up-right"]),
        ("star shrinking ", []),  # nothing can follow
        ("foo", []),
    ],
)
def test_continuations_are_the_words_that_can_come_next(typed, words):
    assert continuations(GRAMMARS["shapes"], typed) == words


def test_classic_lets_one_say_red():
    assert continuations(GRAMMARS["classic"], "re") == ["red"]
    assert continuations(GRAMMARS["classic"], "red ") == ["circle"]


@pytest.mark.parametrize("name", ["classic", "shapes"])
def test_captions_are_all_prompts_once_and_lead_to_each_other(name):
    grammar = GRAMMARS[name]
    assert len(set(grammar.captions)) == len(grammar.captions)
    assert {grammar.caption(grammar.parse(caption)) for caption in grammar.captions} == set(grammar.captions)
    if name == "shapes":  # 26 or 24 motions have a speed; three sizes, seven colours, four shapes
        motions = len(grammar.motions) + 4
        assert len(grammar.captions) == 4 * 3 * 7 * (3 * (motions - 2) + 2)


def test_contrasts_differ_in_one_slot_and_are_never_held_out():
    attributes = Attributes("circle", "moving up-left", "small", "red", "slowly", diagonally=True)
    for slot, others in zip(SHAPES_GRAMMAR.slots(), contrasts("shapes", attributes), strict=True):
        assert others
        for other in others:
            changed = {name for name in vars(attributes) if getattr(attributes, name) != getattr(other, name)}
            assert changed - {"diagonally"} == {slot} and not is_held_out("shapes", other)
            assert SHAPES_GRAMMAR.parse(SHAPES_GRAMMAR.caption(other)) == other
    assert len(contrasts("shapes", Attributes("circle", "shrinking"))) == 2  # what is not said has no opposite
    assert not any(
        a.motion in ("shrinking", "expanding") for a in contrasts("shapes", attributes)[3]
    )  # they have no speed
    every = {a.motion for a in contrasts("classic", Attributes("circle", "moving left"))[0]}
    assert "moving up" not in every and "rotating clockwise" in every
