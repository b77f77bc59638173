"""Stories in one's own words: who does what to whom, in every order of words and in Russian cases."""

import pytest
import torch

from t2v.data.stories.grammar import STORIES_GRAMMAR
from t2v.data.stories.world import sample
from t2v.language import NotUnderstood, chips, interpret
from t2v.language.dictionary import LANGUAGES, dictionary
from t2v.language.paraphrases import REFUSE, STORIES, misread, paraphrases
from t2v.language.wording import say


def read(text: str) -> str:
    return interpret(text, STORIES_GRAMMAR).caption


@pytest.mark.parametrize("held_out", [False, True])
def test_captions_of_stories_read_exactly_as_before(held_out):
    for caption in sample(5, torch.arange(400), held_out=held_out)[2]:
        reading = interpret(caption, STORIES_GRAMMAR)
        assert reading.attributes == STORIES_GRAMMAR.parse(caption) and reading.line() == caption
        assert reading.aside == () and chips(reading) == []


@pytest.mark.parametrize("held_out", [False, True])
def test_russian_normal_forms_of_stories_read_as_the_same(held_out):
    for caption in sample(7, torch.arange(300), held_out=held_out)[2]:
        russian = say(caption, "stories", "ru")
        reading = interpret(russian, STORIES_GRAMMAR)
        assert reading.caption == caption and reading.line("ru") == russian, russian


@pytest.mark.parametrize(
    ("caption", "russian"),
    [
        ("cat chasing mouse on grass", "кошка гонится за мышкой на траве"),
        ("bee circling blue star", "пчела кружит вокруг синей звезды"),
        ("dog catching red circle in the sky", "собака ловит красный круг в небе"),
        ("three yellow stars falling at night", "три жёлтые звезды падают ночью"),
        ("two blue circles moving up then left", "два синих круга движутся вверх, затем влево"),
        ("green square above balloon", "зелёный квадрат над воздушным шаром"),
        ("bird moving up and bee rotating clockwise", "птица движется вверх и пчела вращается по часовой стрелке"),
    ],
)
def test_a_story_is_said_in_russian(caption, russian):
    assert say(caption, "stories", "ru") == russian


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a kitten is chasing a mouse on the lawn", "cat chasing mouse on grass"),
        ("the mouse is chased by a cat", "cat chasing mouse"),
        ("a mouse runs away from the cat", "cat chasing mouse"),
        ("the mouse that the cat chases", "cat chasing mouse"),
        ("the cat that chases the mouse", "cat chasing mouse"),
        ("кошка ловит мышь", "cat catching mouse"),
        ("мышку ловит кошка", "cat catching mouse"),
        ("мышь ловит кошка", "cat catching mouse"),
        ("ловит кошка мышку", "cat catching mouse"),
        ("ловит мышку кошка", "cat catching mouse"),
        ("кошка мышку ловит", "cat catching mouse"),
        ("кошку ловит мышь", "mouse catching cat"),
        ("кошку мышь ловит", "mouse catching cat"),
        ("мышь, которую ловит кошка", "cat catching mouse"),
        ("кошка, которую ловит мышь", "mouse catching cat"),
        ("кошка, которая ловит мышь", "cat catching mouse"),
        ("мышь поймана кошкой", "cat catching mouse"),
        ("мышь, пойманная котом", "cat catching mouse"),
        ("котом пойманная мышь", "cat catching mouse"),
        ("черепаха, обогнанная улиткой", "snail passing turtle"),
        ("the cat sees the mouse and chases it", "cat chasing mouse"),
        ("the mouse runs away and the cat chases it", "cat chasing mouse"),
        ("the mouse and the cat that chases it", "cat chasing mouse"),
        ("the dog isn't chasing the cat, it is passing it", "dog passing cat"),
        ("собака гонится за кошкой по траве", "dog chasing cat on grass"),
        ("за кошкой гонится собака", "dog chasing cat"),
        ("мышка убегает от кота ночью", "cat chasing mouse at night"),
        ("кот и собака столкнулись ночью", "cat meeting dog at night"),
        ("the dog and the cat run towards each other", "dog meeting cat"),
        ("поезд обгоняет синий квадрат", "train passing blue square"),
    ],
)
def test_who_acts_survives_order_and_cases(typed, meant):
    assert read(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("above the cat is a yellow star", "yellow star above cat"),
        ("слева от собаки кошка", "cat left of dog"),
        ("мышка сверху, кошка снизу", "mouse above cat"),
        ("слева кошка, справа мышка", "cat left of mouse"),
        ("над кошкой жёлтая звезда", "yellow star above cat"),
        ("the bee flies around a balloon in the sky", "bee circling balloon in the sky"),
        ("пчела летает вокруг воздушного шарика в небе", "bee circling balloon in the sky"),
        ("two kittens hopping on the grass", "two cats bouncing vertically on grass"),
        ("три жёлтые звезды падают ночью", "three yellow stars falling at night"),
        ("a star, crimson, falls at night", "red star falling at night"),
        ("a bird and a bee move up", "bird moving up and bee moving up"),
        ("a red ball goes left and a bird goes up", "red circle moving left and bird moving up"),
        ("красный мяч катится влево, а птичка летит вверх", "red circle moving left and bird moving up"),
        ("there flies a plane to the right of the screen", "plane moving right"),
        ("a bird flying over the sea", "bird moving right on water"),
        ("a kitty spins", "cat rotating clockwise"),
        ("a bee circling", "bee rotating clockwise"),
        ("bunny hops", "rabbit bouncing vertically"),
        ("a bunny hopping", "rabbit bouncing vertically"),
        ("a bee buzzing around a balloon", "bee circling balloon"),
        ("a cat walks around", "cat moving right"),
        ("the train goes past a green box", "train passing green square"),
    ],
)
def test_places_counts_and_motions_are_read(typed, meant):
    assert read(typed) == meant


@pytest.mark.parametrize(
    ("typed", "reason", "nearest"),
    [
        ("", "empty", "cat chasing mouse on grass"),
        ("hello", "Nothing here", "cat chasing mouse on grass"),
        ("cat", "How should it move? Understood: cat", "cat moving right"),
        ("the cat chases", "whom or what", "cat chasing mouse"),
        ("a purple elephant chases a mouse", "whom or what", "cat chasing mouse"),
        ("the cat chases the cat", "to itself", "cat chasing mouse"),
        ("four dogs running left", "too many", "three dogs moving left"),
        ("четыре собаки бегут вправо", "too many", "three dogs moving right"),
        ("fish swims left", "What should move", "cat moving left"),
        ("a green fish on the grass swims up", "What should move", "green circle moving up on grass"),
        ("a cat, a dog and a bee are flying up", "At most two things", "cat moving right"),
        ("a cat above", "How should it move", "cat moving right"),
        ("кошка слева", "How should it move", "cat moving right"),
        ("a bee spinning and shrinking", "Two at once", "bee rotating clockwise"),
        ("x" * 2000, "2,000 characters", "cat chasing mouse on grass"),
    ],
)
def test_what_is_no_story_gets_the_nearest_one(typed, reason, nearest):
    reading = interpret(typed, STORIES_GRAMMAR)
    assert reason in reading.line() and reading.nearest == nearest and read(nearest) == nearest
    assert "\n" not in reading.line() + reading.line("ru") and reading.line("ru").endswith(
        say(nearest, "stories", "ru")
    )
    with pytest.raises(NotUnderstood):
        reading.require()


@pytest.mark.parametrize(
    ("typed", "left_out", "nearest"),
    [
        ("cat chasing mouse and dog", "dog", "cat chasing mouse"),
        ("cat and dog chasing mouse", "dog", "cat chasing mouse"),
        ("two cats chasing a mouse", "two", "cat chasing mouse"),
        ("a cat chases two mice", "two", "cat chasing mouse"),
        ("cat chasing mouse chasing dog", "chasing, dog", "cat chasing mouse"),
        ("the dog is chased by the cat and the mouse", "mouse", "cat chasing dog"),
        ("a cat chases a mouse under the balloon", "under, balloon", "cat chasing mouse"),
        ("кошка и собака гонятся за мышью", "собака", "cat chasing mouse"),
        ("кошка гонится за мышью и собакой", "собакой", "cat chasing mouse"),
        ("две кошки гонятся за мышью", "две", "cat chasing mouse"),
        ("кошка гонится за мышью, а мышь за пчелой", "пчелой", "cat chasing mouse"),
    ],
)
def test_what_has_no_room_in_a_relation_is_told(typed, left_out, nearest):
    reading = interpret(typed, STORIES_GRAMMAR)
    assert (reading.caption, reading.problem.reason, reading.nearest) == ("", "between", nearest)
    assert f"Left out: {left_out}." in reading.line() and f"Не вошло: {left_out}." in reading.line("ru")


@pytest.mark.parametrize(
    ("typed", "reason", "nearest"),
    [
        ("cat chasing mouse or dog", "either", "cat chasing mouse"),
        ("кошка или собака ловит мышь", "either", "cat catching mouse"),
        ("bee circling red or blue star", "either", "bee circling red star"),
        ("the cat never chases the mouse", "denied", "cat moving right"),
        ("кошка не ловит мышь", "denied", "cat moving right"),
        ("the bird never flies to the right", "denied", "bird moving up"),
        ("stop the cat", "still", "cat moving right"),
        ("кошка спит", "still", "cat moving right"),
    ],
)
def test_a_story_with_no_certain_deed_is_told(typed, reason, nearest):
    reading = interpret(typed, STORIES_GRAMMAR)
    assert (reading.caption, reading.problem.reason, reading.nearest) == ("", reason, nearest)


@pytest.mark.parametrize(
    ("typed", "meant", "aside"),
    [
        ("a cat chases a mouse on the grass at night", "cat chasing mouse at night", ("on the grass",)),
        ("кошка ловит мышь ночью на траве", "cat catching mouse at night", ("на траве",)),
        ("cat spins then falls", "cat falling", ("spins",)),
        ("a dog runs and spins", "dog rotating clockwise", ("runs",)),
        ("птица падает, потом взлетает", "bird moving up", ("падает",)),
        ("cat falls down on sand", "cat falling on sand", ()),
        ("cat chasing mouse moving left", "cat chasing mouse", ("moving", "left")),
        ("red cat chasing blue mouse", "cat chasing mouse", ("red", "blue")),
        ("black cat moving left", "cat moving left", ("black",)),
        ("a cat on the left moves up", "cat moving up", ("on left",)),
        ("before moving right the cat moves up", "cat moving up then right", ()),
        ("кошка бежит за красным мячом", "cat chasing red circle", ()),
        ("a cat runs after the red ball", "cat chasing red circle", ()),
        ("птица улетает в небо", "bird moving up in the sky", ()),
        ("cat chases the mouse and catches it", "cat chasing mouse", ("catches",)),
        (
            "first the cat goes left, then the dog goes right",
            "cat moving left and dog moving right",
            ("first", "then"),
        ),
        ("the dog isn't chasing the cat, it is passing it", "dog passing cat", ("isn't chasing",)),
        ("a snail sits under a purple square", "snail below purple square", ("sits",)),
    ],
)
def test_a_story_tells_what_it_leaves_aside(typed, meant, aside):
    reading = interpret(typed, STORIES_GRAMMAR)
    assert (reading.caption, reading.aside) == (meant, aside)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("cat moves", "cat moving right · right assumed"),
        ("bird flies", "bird moving right · right assumed"),
        ("dog spins", "dog rotating clockwise · clockwise assumed"),
        ("cat runs", "cat moving right · right assumed"),
        ("cat runs left", "cat moving left"),
        ("кот бежит", "cat moving right · кот = cat · right assumed"),
        ("зайка скачет", "rabbit bouncing vertically · зайка = rabbit · vertically assumed"),
        ("cat moves left and bird flies", "cat moving left and bird moving right · right assumed"),
        ("cats moving left", "two cats moving left · two assumed"),
        ("звёзды падают", "two stars falling · two assumed"),
        ("cats chasing mice", "cat chasing mouse · mice = mouse · one assumed"),
        ("собаки гонятся за кошкой", "dog chasing cat · гонятся за = chasing · one assumed"),
        ("the star's falling", "star falling"),
    ],
)
def test_a_story_tells_what_it_assumes(typed, line):
    assert interpret(typed, STORIES_GRAMMAR).line() == line


def test_the_account_of_a_story_names_its_words():
    reading = interpret("big puppy folows a kitten on the beach", STORIES_GRAMMAR)
    line = (
        "dog chasing cat on sand · puppy = dog · “folows” = chasing? · kitten = cat · beach = sand · “big” left aside"
    )
    assert reading.line() == line


@pytest.mark.parametrize("language", LANGUAGES)
def test_stories_are_read_as_they_are_meant(language):
    rows = paraphrases(language, STORIES)
    assert len({row.prompt for row in rows}) == len(rows) == 35
    known = [row.meaning for row in rows if row.meaning != REFUSE]
    assert all(STORIES_GRAMMAR.caption(STORIES_GRAMMAR.parse(meaning)) == meaning for meaning in known)
    assert len(misread(language, STORIES)) <= 1  # now; when first read 3 English ones and no Russian one


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_stories_means_two_things(language):
    words = dictionary(language, "stories")
    assert {entry.words for entry in words.entries} >= {entry.words for entry in dictionary(language).entries}
    meanings: dict = {}
    for entry in words.entries:
        assert meanings.setdefault(entry.words, entry.meaning.concepts) == entry.meaning.concepts, entry.words
