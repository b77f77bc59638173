"""Where something is or comes from, told from where it goes: `the square on the left moves up` moves up.

No model takes a place, so a place is passed over, and told; where nothing else says how a thing moves, `it moves on the
left` is read as a way after all, and told. `from the left` is to the right where nothing else is said, `along the left
edge` up or down.
"""

from t2v.language.find import Phrase

OPPOSITE = {"up": "down", "down": "up", "left": "right", "right": "left"}
ARTICLES = ("the", "a", "an", "its", "very", "far", "my", "your", "extreme")  # between `at` and a place
SIDES = ("direction", "side", "place", "origin")
NO_PLACE = ("up", "down")  # nothing is `at up`
GOALS = ("to ", "into ", "onto ", "в ", "к ", "ко ", "на ", "за ")  # a phrase that begins so says where to
TRAVELS = {"moving", "turning", "approaching", "receding", "returning"}
EDGE = {"left": "vertically", "right": "vertically", "up": "horizontally", "down": "horizontally"}
ALONG_AXIS = {"bouncing", "zigzagging", "swaying"}  # `bounces off the left wall` tells along which


def without_places(phrases: list[Phrase]) -> list[Phrase]:
    """Places passed over, origins turned round, and what names a side read as a way where it is one."""
    marked = _marked(phrases)
    ways = {value for item in marked for slot, value in item.concepts if slot == "direction"}
    kinds = {item.value("motion") for item in marked} - {None}
    moves = bool(kinds & TRAVELS) and not ways and not kinds - TRAVELS
    turned = any(item.slots & {"sense", "axis"} for item in marked)
    told_otherwise = bool(ways or kinds - TRAVELS) or turned
    axis = not ways and not turned and bool(kinds & ALONG_AXIS)
    result = []
    for item in marked:
        if (value := item.value("place")) is not None:
            item = item._replace(concepts=(("direction", value),), how="near") if moves else item.passed_over()
        elif (value := item.value("along")) is not None:
            item = item._replace(concepts=(("axis", EDGE[value]),)) if moves else item.passed_over()
        elif (value := item.value("origin")) is not None:
            if axis or not told_otherwise:
                item = item._replace(concepts=(("direction", OPPOSITE[value]),))
            else:
                item = item.passed_over()._replace(remarked=OPPOSITE[value] not in ways)
        result.append(item)
    return result


def _marked(phrases: list[Phrase]) -> list[Phrase]:
    """Every word that names a side as a direction, a place or an origin."""
    result: list[Phrase] = []
    scope, origins = "", set[str]()  # what the last preposition asks for
    before: Phrase | None = None
    stays = not any(item.slots & {"motion", "direction"} for item in phrases)  # `кошка слева` only says where
    for number, item in enumerate(phrases):
        preposition = item.value("from") or item.value("where")
        side = _side(item)
        if preposition in ("from", "to", "at"):
            goal = scope == "to" and preposition == "at" and before is not None and before.value("where") == "part"
            scope, origins = ("to" if goal else preposition), set()
        elif side is None:
            ends = item.slots & {"pause", "shape", "kind", "motion"}
            scope = "" if ends or (scope == "at" and item.typed.lower() not in ARTICLES) else scope
        else:
            slot = _slot(phrases, number, scope, side)
            if slot == "origin" and not item.value("origin") and OPPOSITE[side] in origins:
                slot, scope = "direction", ""  # `from the bottom up`
            elif stays and item.value("origin") and scope != "from":
                slot = "place"
            origins.add(side)
            at = before if slot == "place" and before is not None and before.value("where") == "at" else None
            typed = item.typed if at is None else f"{at.typed} {item.typed}"
            unsure = slot == "origin" and scope != "from"  # `слева` says where something is as well
            others = tuple(concept for concept in item.concepts if concept[0] not in SIDES)  # `into the sky` of stories
            item = item._replace(concepts=((slot, side), *others), typed=typed, how="near" if unsure else item.how)
        if item.typed.lower() not in ARTICLES:
            before = item
        result.append(item)
    return result


def _side(item: Phrase) -> str | None:
    """The side that a word names which is no verb."""
    if item.value("motion"):
        return None
    return item.value("direction") or item.value("side") or item.value("place") or item.value("origin")


def _is_goal(item: Phrase) -> bool:
    """`into the sky`, whatever preposition stands before it."""
    return " " in item.typed and item.typed.lower().startswith(GOALS)


def _slot(phrases: list[Phrase], number: int, scope: str, side: str) -> str:
    """Whether a side is a direction, a place or an origin where it stands."""
    item = phrases[number]
    if item.value("direction") and _is_goal(item):
        return "direction"
    if scope == "from" or item.value("origin"):
        return "origin"
    if scope == "to":
        return "direction"
    after = phrases[number + 1 :]
    if scope == "at":
        following = next((other for other in after if _side(other) is None), None)
        course = following is not None and following.value("where") == "course"  # `in the left direction`
        return "direction" if course or item.typed.lower() in NO_PLACE else "place"
    if item.value("place"):
        return "place"
    adjective = item.value("side") or (number > 0 and phrases[number - 1].typed.lower() == "the")
    part = " " in item.typed or (bool(after) and after[0].value("where") == "part")
    if adjective and part and number > 1 and phrases[number - 2].value("direction"):
        return "place"  # `down the right side`
    if adjective and item.how != "sign":
        noun = next((o for o in after if not o.slots & {"side", "direction", "size", "colour"}), None)
        if noun is not None and noun.slots & {"shape", "kind"}:
            return "place"
    return "direction"
