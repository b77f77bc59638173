"""How something moves: verbs, directions and their order to one motion of the grammar.

Directions said together are a diagonal (`up and left`), those said in turn follow each other (`up, then left`), and
opposite ones are a bounce (`up and down`). What is left open is assumed: a spin is clockwise, a bounce vertical, a
zigzag horizontal, a move goes right, unless that was denied.
"""

from collections.abc import Sequence
from typing import NamedTuple

from t2v.language.find import Phrase, values_of

MOVING, VERTICAL, HORIZONTAL = "moving", {"up", "down"}, {"left", "right"}
ALONG = {"up": "vertically", "down": "vertically", "left": "horizontally", "right": "horizontally"}
DEFAULT_AXIS = {"bouncing": "vertically", "zigzagging": "horizontally"}
SENSE = {"left": "counter-clockwise", "right": "clockwise"}
NEARER = {"approaching": "expanding", "receding": "shrinking"}  # as it looks, where no direction is said
COMPANY = ("turning", "swaying", "returning", *NEARER)  # verbs that mean one motion or another, by their company
WAYS_OPEN = {None: ("right", "up", "left", "down"), "vertically": ("up", "down"), "horizontally": ("right", "left")}
SENSES = ("clockwise", "counter-clockwise")


class Motion(NamedTuple):
    """A motion in the grammar's words; `assumed` is the part of it that nobody said.

    With a `problem`, `name` is the nearest motion that is one.
    """

    name: str
    diagonally: bool = False
    assumed: str = ""
    problem: tuple[str, ...] = ()  # a reason and its words: ("twice", "motion", first, second)

    def shows(self, item: Phrase) -> bool:
        """Whether it has what these words say, but for a verb: nothing grows sideways or bounces clockwise."""
        verb = item.value("motion")
        if verb or item.value("order"):
            return verb in (None, MOVING, *COMPANY) or self.name.startswith(str(verb))
        parts = set(self.name.replace("-", " ").replace("counter clockwise", "counter-clockwise").split())
        parts |= {ALONG[part] for part in parts & set(ALONG)}
        parts |= {part for part, axis in ALONG.items() if axis in parts}
        parts |= {side for side, sense in SENSE.items() if sense in parts}
        parts |= {"diagonally"} if self.diagonally else set()
        return all(
            value in parts for slot, value in item.concepts if slot in ("direction", "axis", "sense", "diagonal")
        )


def _in_turn(phrases: list[Phrase], motion: str) -> bool:
    """Whether one goes somewhere first and does this then, or the reverse: `bounces, then moves left`."""
    for at in (n for n, item in enumerate(phrases) if item.value("order") == "then"):
        parts = [{item.value("motion") for item in part} for part in (phrases[:at], phrases[at + 1 :])]
        if any(MOVING in one and motion in other for one, other in (parts, reversed(parts))):
            return True
    return False


def compose_motion(phrases: list[Phrase]) -> Motion | None:
    """The one motion that these words say, None where they say none."""
    best = max((f.rank for f in phrases if f.value("motion")), default=0)
    kinds = values_of([f for f in phrases if f.rank == best], "motion")
    senses = values_of(phrases, "sense")
    directions = [d for f in phrases for slot, d in f.concepts if slot == "direction"]
    denied = {value for f in phrases for _, value in f.denied}
    sideways = {"swaying", "returning"} & set(kinds)
    kinds = _resolve_kinds(phrases, kinds, senses, directions)
    special = [motion for motion in kinds if motion != MOVING]
    if len(special) > 1:
        return Motion(_nearest(special[0], directions), problem=("twice", "motion", *special))
    if not kinds and not directions and not any(f.value("axis") or f.value("diagonal") for f in phrases):
        return None
    if not special:
        return _travel(phrases, directions, denied)
    motion = special[0]
    if directions and _in_turn(phrases, motion):
        return Motion(_nearest(motion, directions), problem=("twice", "motion", motion, f"moving {directions[0]}"))
    if motion in DEFAULT_AXIS:
        first = "horizontally" if sideways else DEFAULT_AXIS[motion]
        axis = open_choice((first, *(set(ALONG.values()) - {first})), denied)
        return _along_axis(motion, phrases, directions, axis)
    if motion == "rotating":
        return _rotate(senses, directions, denied, moving=MOVING in kinds)
    if directions:
        return Motion(motion, problem=("twice", "motion", motion, f"moving {directions[0]}"))
    return Motion(motion)


def open_choice(choices: Sequence[str], denied: set[str]) -> str:
    """What is assumed where nobody said it: the first of the choices that was not denied."""
    return next((choice for choice in choices if choice not in denied), choices[0])


def _nearest(motion: str, directions: list[str]) -> str:
    """A motion of this kind that is one."""
    if motion in DEFAULT_AXIS:
        return f"{motion} {ALONG[directions[0]] if directions else DEFAULT_AXIS[motion]}"
    return "rotating clockwise" if motion == "rotating" else motion


def _resolve_kinds(phrases: list[Phrase], kinds: list[str], senses: list[str], directions: list[str]) -> list[str]:
    """Settle verbs that mean different things in different company."""
    if "zigzagging" in kinds and all(len(f.concepts) > 1 for f in phrases if f.value("motion") == "bouncing"):
        kinds = [motion for motion in kinds if motion != "bouncing"]  # `zigzags up and down` tells the axis
    sideways = set(directions) and set(directions) <= HORIZONTAL
    alone = not any(f.value("order") for f in phrases) and MOVING not in kinds
    turns = bool(senses) or not directions or (sideways and alone and len(set(directions)) == 1)
    company = {
        "turning": "rotating" if turns else MOVING,
        "swaying": "zigzagging" if len(set(directions)) == 1 or "zigzagging" in kinds else "bouncing",
        "returning": MOVING if directions and not _returns(phrases) else "bouncing",
    } | {verb: MOVING if directions else change for verb, change in NEARER.items()}
    kinds = list(dict.fromkeys(company.get(motion, motion) for motion in kinds))
    if senses and not [motion for motion in kinds if motion != MOVING]:
        kinds.append("rotating")
    return kinds


def _returns(phrases: list[Phrase]) -> bool:
    """Whether it was said where to, before it turns back: `moves left and comes back`, but not `comes back left`."""
    back = next((n for n, f in enumerate(phrases) if f.value("motion") == "returning"), 0)
    return any(f.value("direction") for f in phrases[:back])


def _rotate(senses: list[str], directions: list[str], denied: set[str], *, moving: bool) -> Motion:
    sideways = set(directions)
    if sideways and (moving or not sideways <= HORIZONTAL or len(sideways) > 1):
        return Motion("rotating clockwise", problem=("twice", "motion", "rotating", f"moving {directions[0]}"))
    if len(senses) > 1:
        return Motion(f"rotating {senses[0]}", problem=("twice", "sense", *senses))
    if senses or sideways:
        return Motion(f"rotating {senses[0] if senses else SENSE[directions[0]]}")
    sense = open_choice(SENSES, denied)
    return Motion(f"rotating {sense}", assumed=sense)


def _along_axis(motion: str, phrases: list[Phrase], directions: list[str], open_axis: str) -> Motion:
    axes = values_of(phrases, "axis") or list(dict.fromkeys(ALONG[d] for d in directions))
    axis = axes[0] if axes else open_axis
    across = [d for d in directions if ALONG[d] != axis]
    if len(axes) > 1 or (across and motion == "bouncing"):
        return Motion(f"{motion} {axis}", problem=("twice", "axis", *axes, *across))
    return Motion(f"{motion} {axis}", assumed="" if axes else axis)


def _travel(phrases: list[Phrase], directions: list[str], denied: set[str]) -> Motion:
    diagonally = any(f.value("diagonal") for f in phrases)
    legs = _legs(phrases)
    if not legs:
        axis = next(iter(values_of(phrases, "axis")), None)
        if diagonally:
            return Motion("moving up-right", diagonally=True, assumed="up-right")
        way = open_choice(WAYS_OPEN[axis], denied)
        return Motion(f"moving {way}", assumed=way)
    every = list(dict.fromkeys(d for leg in legs for d in leg))
    if len(every) > 1 and _between(phrases, "or"):
        return Motion(f"moving {every[0]}", problem=("either", "direction", *every))
    if len(every) == 2 and (set(every) == VERTICAL or set(every) == HORIZONTAL):
        if len(legs) == 1 and not _between(phrases, "link", "order"):
            return Motion(f"moving {every[0]}", problem=("twice", "direction", *every))
        return Motion(f"bouncing {ALONG[every[0]]}")
    if len(legs) == 2 and len(legs[0]) == len(legs[1]) == 1:
        return Motion(f"moving {legs[0][0]} then {legs[1][0]}")
    if len(legs) > 1 or len(every) > 2:
        return Motion(f"moving {every[0]}", problem=("path", *(d for leg in legs for d in leg)))
    if len(every) == 1:
        if diagonally:
            across = open_choice(("right", "left") if every[0] in VERTICAL else ("up", "down"), denied)
            return Motion(f"moving {_diagonal(every[0], across)}", diagonally=True, assumed=across)
        return Motion(f"moving {every[0]}")
    return Motion(f"moving {_diagonal(*every)}", diagonally=diagonally)


def _diagonal(first: str, second: str) -> str:
    return f"{first}-{second}" if first in VERTICAL else f"{second}-{first}"


def _between(phrases: list[Phrase], *slots: str) -> bool:
    """Whether one of these stands between the first direction and the last."""
    places = [n for n, f in enumerate(phrases) if f.value("direction")]
    return any(f.value(slot) for f in phrases[places[0] : places[-1]] for slot in slots)


def _legs(phrases: list[Phrase]) -> list[list[str]]:
    """The directions in turn, those said together in one leg: `up, then left` is two, `up and left` is one."""
    legs: list[list[str]] = []
    said_first = any(f.value("order") == "first" for f in phrases)
    places = [n for n, f in enumerate(phrases) if f.value("direction")]
    said_then = any(f.value("order") in ("first", "then") for f in phrases[places[0] + 1 :]) if places else False
    in_turn, swapped, sign, paused, led = False, False, False, False, False
    for number, item in enumerate(phrases):
        order, ways = item.value("order"), [d for slot, d in item.concepts if slot == "direction"]
        if order in ("before", "after"):
            led = led or not legs  # `after moving up it ...`
            swapped, in_turn = bool(legs) == (order == "after"), bool(legs)
        elif order == "first" and legs:
            swapped = swapped or len(legs) > 1 or _way_next(phrases, number)  # `goes right, but first up`
        elif order:
            in_turn = True
        if item.value("pause"):
            paused = True
        if not ways:
            continue
        in_turn = in_turn or paused or sign or item.how == "sign"
        if legs and (set(ways) <= set(legs[-1]) or (set(legs[-1]) <= set(ways) and not said_then)):
            legs[-1] = list(dict.fromkeys(legs[-1] + ways))  # `falls down`, `drops, down and left`
        elif legs and not (in_turn or said_first or said_then or swapped or led or order):
            legs[-1] = legs[-1] + [d for d in ways if d not in legs[-1]]
        else:
            legs.append(ways)
        in_turn, sign, paused = False, item.how == "sign", False
    return legs[::-1] if swapped else legs


def _way_next(phrases: list[Phrase], at: int) -> bool:
    """Whether a way follows in the same breath: in `first up`, not in `up first, then left`."""
    following = next((f for f in phrases[at + 1 :] if f.slots and not f.slots & {"from", "where", "contrast"}), None)
    return following is not None and bool(following.slots & {"motion", "direction"})
