"""What is not meant: denied, said in another order, a place and no way, one of two, or nothing that moves."""

import pytest

from t2v.data.grammar import GRAMMARS
from t2v.language import interpret


def read(text: str) -> str:
    return interpret(text, GRAMMARS["shapes"]).caption


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("circle never moves up", "circle moving right"),
        ("circle without moving up", "circle moving right"),
        ("circle never, ever moves to the right", "circle moving up"),
        ("don't move the circle up", "circle moving right"),
        ("the circle doesn't move or spin", "circle moving right"),
        ("звезда никогда не летит вверх", "star moving right"),
        ("круг не движется вправо", "circle moving up"),
        ("звезда вверх никогда не летит", "star moving right"),
        ("круг вверх не надо", "circle moving right"),
        ("звезда не двигается", "star rotating clockwise"),
    ],
)
def test_what_is_denied_alone_is_told(typed, nearest):
    reading = interpret(typed)
    assert (reading.caption, reading.nearest, reading.problem.reason) == ("", nearest, "denied")
    assert "only how not to move" in reading.line() and "как не двигаться" in reading.line("ru")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("circle doesn't go left but right", "circle moving right"),
        ("circle moving but not right", "circle moving up"),
        ("круг движется, но не вправо", "circle moving up"),
        ("круг едет не влево, а вправо", "circle moving right"),
        ("circle moving neither up nor down", "circle moving right"),
        ("circle moving neither right nor up", "circle moving left"),
        ("a circle not spinning but moving left", "circle moving left"),
        ("without spinning the circle moves left", "circle moving left"),
        ("circle that can't stop moving up", "circle moving up"),
        ("круг без остановки едет вверх", "circle moving up"),
        ("a circle moving anywhere but right", "circle moving up"),
        ("anything but a red square moving up", "square moving up"),
        ("a circle, not red or blue, moving up", "circle moving up"),
        ("circle does not move up quickly", "circle moving up"),
        ("not a circle but a square moving left", "square moving left"),
    ],
)
def test_what_is_denied_is_never_drawn(typed, meant):
    reading = interpret(typed)
    assert reading.caption == meant and reading.aside and "left aside" in reading.line()


@pytest.mark.parametrize(
    "typed",
    [
        "before moving right, the circle moves up",
        "the circle moves up before it goes right",
        "after it goes up the circle moves right",
        "the circle moves right after going up",
        "having moved up, the circle goes right",
        "circle goes right, but first up",
        "circle goes right, but before that up",
        "circle goes right once it has gone up",
        "the circle goes up, and once it is there it goes right",
        "circle: up at the start, right at the end",
        "circle: right at the end, up at the start",
        "прежде чем пойти вправо, круг идёт вверх",
        "круг идёт вверх, прежде чем пойти вправо",
        "перед тем как пойти вправо, круг поднимается",
        "круг поднимается перед тем, как пойти вправо",
        "после того как круг пошёл вверх, он идёт вправо",
        "круг идёт вправо после того как поднялся",
        "круг идёт вправо после подъёма",
        "круг летит вправо, но сначала вверх",
        "круг летит вправо, а до этого вверх",
        "поднявшись, круг идёт вправо",
        "круг идёт вправо, поднявшись",
    ],
)
def test_words_of_order_put_moves_in_turn(typed):
    assert read(typed) == "circle moving up then right"


@pytest.mark.parametrize(
    ("typed", "meant", "position"),
    [
        ("the square on the left moves up", "square moving up", "on left"),
        ("the square from the left corner moves up", "square moving up", "left"),
        ("a circle at the bottom rises to the top", "circle moving up", "at bottom"),
        ("a circle starts on the right and moves left", "circle moving left", "starts on right"),
        ("the left circle moves up", "circle moving up", "left"),
        ("a star on the left spinning", "star rotating clockwise", "on left"),
        ("a red star in the upper right corner shrinking", "red star shrinking", "right"),
        ("a star above moves left", "star moving left", "above"),
        ("star at the top falling down", "star moving down", "at top"),
        ("круг в левом углу едет вверх", "circle moving up", "левом"),
        ("левый круг едет вверх", "circle moving up", "левый"),
        ("квадрат слева едет вверх", "square moving up", "слева"),
        ("звезда наверху крутится", "star rotating clockwise", "наверху"),
        ("из левого нижнего угла круг летит вверх", "circle moving up", "левого"),
        ("круг внизу растёт", "circle expanding", "внизу"),
    ],
)
def test_places_are_left_aside_and_told(typed, meant, position):
    reading = interpret(typed)
    assert reading.caption == meant and position in reading.aside


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("снизу вверх летит круг", "circle moving up"),
        ("a circle moving from the bottom up", "circle moving up"),
        ("из левого угла в правый едет круг", "circle moving right"),
        ("a circle moving in the left direction", "circle moving left"),
        ("a star which moves in the right", "star moving right"),
        ("circle goes to the bottom corner on the right side", "circle moving down-right"),
        ("круг едет в левый верхний угол", "circle moving up-left"),
        ("a ball bouncing off the left wall", "circle bouncing horizontally"),
        ("a star coming from above", "star moving down"),
        ("a star flying above", "star moving up"),
        ("circle moving not only up but also right", "circle moving up-right"),
        ("не надо красный, надо синий круг вверх", "blue circle moving up"),
    ],
)
def test_what_names_a_way_stays_one(typed, meant):
    assert read(typed) == meant


@pytest.mark.parametrize(
    ("english", "russian", "meant"),
    [
        ("the sun comes up", "солнце всходит", "circle moving up"),
        ("the sun sets", "солнце заходит", "circle moving down"),
        ("the circle rises", "круг встаёт", "circle moving up"),
        ("the circle approaches", "круг приближается", "circle expanding"),
        ("the circle comes closer", "круг становится ближе", "circle expanding"),
        ("the circle approaches the left edge", "круг приближается к левому краю", "circle moving left"),
        ("the circle recedes", "круг удаляется", "circle shrinking"),
        ("the circle recedes to the right", "круг удаляется вправо", "circle moving right"),
        ("the circle vanishes", "круг исчезает", "circle shrinking"),
        ("a wobbling circle", "круг качается", "circle bouncing horizontally"),
        ("a circle wobbling down", "круг качается вниз", "circle zigzagging vertically"),
        ("the circle does a U-turn", "круг делает разворот", "circle bouncing horizontally"),
        ("circle moves up and comes back", "круг едет вверх и возвращается", "circle bouncing vertically"),
        ("the circle returns to the left", "круг возвращается влево", "circle moving left"),
        ("dark-blue circle moving up", "тёмно-синий круг летит вверх", "blue circle moving up"),
        ("bright red circle moving up", "ярко-красный круг летит вверх", "red circle moving up"),
    ],
)
def test_both_languages_mean_the_same_by_it(english, russian, meant):
    assert read(english) == meant and read(russian) == meant


def test_a_shade_is_told_with_its_colour():
    assert interpret("тёмно-синий круг летит вверх").line("ru").endswith("тёмно-синий ≈ синий")
    assert interpret("bright-red circle moving up").line().endswith("bright-red ≈ red")
    assert interpret("a bright circle moving up").aside == ("bright",)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("crimson square or blue square moving up", "blue square moving up"),
        ("a circle or a star moving up", "circle moving up"),
        ("circle moving up or left", "circle moving up"),
        ("красный или синий круг летит вверх", "red circle moving up"),
        ("круг летит вверх либо влево", "circle moving up"),
    ],
)
def test_one_of_two_is_told(typed, nearest):
    reading = interpret(typed)
    assert (reading.problem.reason, reading.nearest) == ("either", nearest)
    assert "One at a time" in reading.line() and "Только что-то одно" in reading.line("ru")


@pytest.mark.parametrize(
    "typed",
    ["stop the circle moving left", "delete the circle moving up", "hide the circle", "a circle that stands still",
     "останови красный круг", "убери круг, летящий вверх", "удали круг", "круг стоит на месте"],
)  # fmt: skip
def test_a_request_to_stop_draws_nothing(typed):
    reading = interpret(typed)
    assert reading.problem.reason == "still" and "\n" not in reading.line() + reading.line("ru")
    assert interpret("circle moves up, then stops").caption == "circle moving up"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("two red circles moving left", "two"),
        ("два красных круга едут влево", "два"),
        ("many red balls go left", "many"),
    ],
)
def test_numbers_are_left_aside_and_told(typed, number):
    reading = interpret(typed)
    assert reading.caption == "red circle moving left" and reading.aside == (number,)


@pytest.mark.parametrize(
    ("typed", "assumed"),
    [
        ("red circles flying left", "one assumed"),
        ("красные круги летят влево", "one assumed"),
        ("звёзды летят влево", "one assumed"),
        ("покажи, как квадраты летят влево", "one assumed"),
        ("the circle's moving left", ""),
        ("движение звезды влево", ""),
    ],
)
def test_several_things_without_a_number_are_told(typed, assumed):
    reading = interpret(typed)
    assert reading.caption.endswith(" moving left") and reading.line().partition(" · ")[2] == assumed
    assert ("по одному" in reading.line("ru")) == bool(assumed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("circle speeds up to the right", "circle moving right quickly"),
        ("circle picks up speed to the right", "circle moving right quickly"),
        ("circle slows down to the left", "circle moving left slowly"),
        ("slow it down, circle moving left", "circle moving left slowly"),
        ("circle moves left, slow down", "circle moving left slowly"),
        ("circle sets off to the right", "circle moving right"),
        ("draw up a circle moving left", "circle moving left"),
        ("make up a circle moving left", "circle moving left"),
        ("circle takes up space and moves left", "circle moving left"),
        ("never give up, circle moving left", "circle moving left"),
        ("set up a circle moving left", "circle moving left"),
        ("close up of a circle moving left", "circle moving left"),
        ("look up! the circle moves left", "circle moving left"),
        ("the circle shows up on the left and moves right", "circle moving right"),
        ("wake up, circle moves left", "circle moving left"),
        ("shut up and move the circle left", "circle moving left"),
        ("upside-down triangle moving left", "triangle moving left"),
    ],
)
def test_up_and_down_of_a_phrase_are_no_ways(typed, meant):
    assert read(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant", "aside"),
    [
        ("triangle facing right moves down", "triangle moving down", ("facing", "right")),
        ("triangle pointing left moves up", "triangle moving up", ("pointing", "left")),
        ("the triangle looks to the left and falls", "triangle moving down", ("looks", "left")),
        ("треугольник смотрит влево и едет вверх", "triangle moving up", ("смотрит", "влево")),
        ("круг на левой стороне едет вверх", "circle moving up", ("левой",)),
        ("круг едет вверх по левому краю", "circle moving up", ("по левому краю",)),
        ("what's left is a circle moving up", "circle moving up", ("what's left",)),
        ("non-red circle moving left", "circle moving left", ("non red",)),
        ("круг без цвета летит влево", "circle moving left", ("без цвета",)),
        ("circle without colour moving left", "circle moving left", ("without colour",)),
        ("a circle from the grass into the sky", "circle moving up", ("from the grass",)),
        ("the circle looks like a ball moving left", "circle moving left", ()),
        ("круг едет на левую сторону", "circle moving left", ()),
        ("круг уезжает за край экрана справа", "circle moving right", ()),
        ("круг улетает в небо", "circle moving up", ()),
    ],
)
def test_looks_places_and_missing_colours_are_no_ways(typed, meant, aside):
    reading = interpret(typed)
    assert (reading.caption, reading.aside) == (meant, aside)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("a circle grows sideways", "circle expanding · “sideways” left aside"),
        ("a star bounces clockwise", "star bouncing vertically · vertically assumed · “clockwise” left aside"),
        ("circle moves on the left", "circle moving left · on left ≈ left"),
        ("круг движется слева", "circle moving right · слева ≈ right"),
        ("star moves along the left edge", "star moving up · up assumed"),
        ("круг едет по правому краю", "circle moving up · up assumed"),
        ("red circle moves along the bottom to the left", "red circle moving left · “along the bottom” left aside"),
        ("pick up the circle and move it left", "circle moving left · “pick up” left aside"),
        ("a star goes up a little", "star moving up · “little” left aside"),
        ("a star goes up a little bit", "star moving up · “a little bit” left aside"),
        ("a little star goes up", "small star moving up · little = small"),
        ("star moves left over the green grass", "star moving left · “green”, “grass” left aside"),
        ("star rolls down a big hill", "star moving down · “big”, “hill” left aside"),
        ("a star moves up to the blue ceiling", "star moving up · “blue” left aside"),
        ("a star moves to the green side", "star moving right · right assumed · “green” left aside"),
        ("star flies out of the grass", "star moving right · right assumed · “grass” left aside"),
        ("синий круг на зелёном фоне летит вверх", "blue circle moving up · “зелёном”, “фоне” left aside"),
        ("a big red shiny star moving up", "large red star moving up · big = large · “shiny” left aside"),
        ("a star comes toward the camera", "star expanding · toward the camera ≈ expanding"),
        ("a star launches to the left", "star moving left · “launches” left aside"),
        ("no, not left - right, a star", "star moving right · “no”, “not left” left aside"),
        ("a short video of a star that goes up", "star moving up · “short video” left aside"),
        ("a star rolls down the street to the right", "star moving right · “down the street” left aside"),
        ("a star moves forward", "star moving right · forward ≈ moving right"),
        ("a star sways", "star bouncing horizontally · sways ≈ bouncing horizontally · horizontally assumed"),
        ("a star turns left", "star rotating counter-clockwise · turns ≈ rotating counter-clockwise"),
        ("a star moves left less quickly", "star moving left · “less quickly” left aside"),
        ("звезда пусть упадёт", "star moving down"),
        ("звезда улетает от камеры", "star shrinking · от камеры ≈ shrinking"),
    ],
)
def test_the_line_tells_what_no_clip_shows(typed, line):
    assert interpret(typed).line() == line
