"""What is not meant after all: refused, taken back, only called in between, or a place and no way.

`not blue`, `never moves up`, `left, sorry, right`, `the square on the left moves up`: whoever fills the slots of a
grammar reads what `settle` leaves, and what it takes away is told.
"""

from t2v.language.find import CONTENT, WAYS, Phrase
from t2v.language.places import OPPOSITE, without_places

NEGATED_WITHIN = 3  # words after `not`
SIDES = {"direction", "side", "place"}
OF_A_THING, NOUNS = {"size", "colour"}, {"shape", "kind"}
BEFORE_NOUNS = (
    "the", "a", "an", "over", "through", "across", "into", "onto", "under", "past", "from", "on", "along", "by", "near",
    "по", "на", "в", "во", "над", "под", "через", "из", "за", "к", "мимо", "у", "сквозь", "вдоль", "возле", "около",
)  # fmt: skip
GOES_NOWHERE = ("rotating", "turning", "expanding", "shrinking")
CALLED = ("right", "great")  # what may be called in between


def settle(phrases: list[Phrase]) -> list[Phrase]:
    """Without what is refused, taken back, or only says where something is or comes from."""
    meant = _corrected(_without_denied(_corners(_arrows(_interjections(_unfaced(_scenery(_degrees(phrases))))))))
    return _standing(_firm_ways(without_places(meant)))


def _degrees(phrases: list[Phrase]) -> list[Phrase]:
    """`goes up a little`: how far, and no size."""
    result = list(phrases)
    for number, item in enumerate(phrases[1:], 1):
        if item.typed.lower() != "little" or phrases[number - 1].typed.lower() != "a":
            continue
        following = next((other for other in phrases[number + 1 :] if other.remarked or other.slots), None)
        if following is None or not following.slots & (OF_A_THING | {"shade"} | NOUNS):
            result[number] = item.passed_over()
    return result


def _scenery(phrases: list[Phrase]) -> list[Phrase]:
    """`over the green grass`, `down a big hill`, `into the ocean`: looks of what is no thing here are passed over."""
    result, named = list(phrases), False
    for number, item in enumerate(phrases):
        named = named or bool(item.slots & NOUNS)
        if not named or item.typed.lower() not in BEFORE_NOUNS:
            continue
        end = number + 1
        while end < len(phrases) and phrases[end].slots & OF_A_THING and not phrases[end].slots & NOUNS:
            end += 1
        rest = [other for other in phrases[end:] if other.slots]
        noun = phrases[end] if end < len(phrases) else None
        # `to the blue ceiling`
        goal = noun is not None and bool(noun.value("direction") and phrases[number - 1].value("from"))
        part = noun is not None and (bool(noun.value("ground")) or noun.value("where") == "part")
        nameless = goal or part or (noun is not None and noun.remarked and not noun.slots)
        coloured = end > number + 1 and phrases[end - 1].how == "colour"  # `the ocean` is a colour as well
        if (nameless or coloured) and not (rest and rest[0].slots & NOUNS):
            result[number + 1 : end] = [other.passed_over() for other in phrases[number + 1 : end]]
    return result


def _firm_ways(phrases: list[Phrase]) -> list[Phrase]:
    """`pick it up and move it left`: what may be a way is none where another one is said."""
    unsure = [item.value("direction") is not None and item.how == "near" for item in phrases]
    firm = any(item.value("direction") and not weak for item, weak in zip(phrases, unsure, strict=True))
    return [item.passed_over() if firm and weak else item for item, weak in zip(phrases, unsure, strict=True)]


def _standing(phrases: list[Phrase]) -> list[Phrase]:
    """`runs and spins`: no motion here goes along and does this too, so the going is passed over, and told."""
    if any(item.value("direction") or item.value("order") for item in phrases):
        return phrases
    result, going = list(phrases), None
    for number, item in enumerate(phrases):
        motion = item.value("motion")
        if item.slots & NOUNS:
            going = None
        elif motion == "moving":
            going = number
        elif motion in GOES_NOWHERE and going is not None:
            if any(other.value("link") for other in phrases[going:number]):
                result[going] = phrases[going].passed_over()
            going = None
    return result


def _unfaced(phrases: list[Phrase]) -> list[Phrase]:
    """`facing right moves down` and `смотрит влево и едет вверх`: which way something looks is passed over."""
    result = list(phrases)
    for number, item in enumerate(phrases):
        if not item.value("facing"):
            continue
        result[number] = item._replace(concepts=(), remarked=False)
        for n in range(number + 1, len(phrases)):
            if phrases[n].slots & SIDES and "motion" not in phrases[n].slots:
                result[number], result[n] = item.passed_over(), phrases[n].passed_over()
                break
            if phrases[n].slots - {"from", "where"} or (phrases[n].remarked and not phrases[n].slots):
                break
    return result


def _interjections(phrases: list[Phrase]) -> list[Phrase]:
    """`Great! A ball ...` and `this triangle, right, it goes down`: called in between, and meant for nothing else."""
    result = list(phrases)
    for number, item in enumerate(phrases):
        if item.typed.lower() not in CALLED:
            continue
        ends = number + 1 < len(phrases) and phrases[number + 1].value("pause")
        alone = bool(ends and (number == 0 or phrases[number - 1].value("pause")))
        before, after = phrases[:number], phrases[number + 2 :]
        going = any(other.value("motion") or other.value("order") for other in before)
        elsewhere = any(other.value("direction") for other in after) and not any(o.value("order") for o in after)
        if alone and (not item.value("direction") or (elsewhere and not going)):
            result[number] = item.passed_over()
    return result


def _arrows(phrases: list[Phrase]) -> list[Phrase]:
    """An arrow to the right between two directions means `then`: `up -> right`."""
    result = list(phrases)
    for number in range(1, len(phrases) - 1):
        before, item, following = phrases[number - 1 : number + 2]
        drawn = item.how == "sign" and item.typed.strip("=-–—") in (">", "→", "⇒", "⟶")
        if drawn and before.value("direction") and following.value("direction") and before.how != "sign":
            result[number] = item._replace(concepts=(("order", "then"),))
    return result


def _corners(phrases: list[Phrase]) -> list[Phrase]:
    """`goes left and turns down`: who turns after a direction goes the new one then, not between both."""
    result = list(phrases)
    for number, item in enumerate(phrases[:-1]):
        if item.value("motion") != "turning" or not phrases[number + 1].value("direction"):
            continue
        for before in reversed(phrases[:number]):
            if before.slots & {"shape", "kind", "order"}:
                break
            if before.value("direction"):
                result[number] = item._replace(concepts=(("order", "then"),))
                break
    return result


# What is denied


def _without_denied(phrases: list[Phrase]) -> list[Phrase]:
    """`not blue`, `never moves up`, `вверх не надо`: what is denied is passed over, together with the word that denies
    it. `no, ...` corrects what stands before it."""
    result = list(phrases)
    for number, item in enumerate(phrases):
        if not item.value("not"):
            continue
        following = phrases[number + 1] if number + 1 < len(phrases) else None
        if item.value("not") == "no" and (following is None or following.value("pause")):
            result[number] = item._replace(concepts=(("correction", "correction"),))
            continue
        denied = _denied_after(phrases, number) or _denied_before(phrases, number)
        result[number] = item._replace(concepts=(), remarked=False)
        if denied:
            first, *others = denied
            typed = " ".join(phrases[n].typed for n in sorted([number, *denied]))
            result[first] = result[first].deny()._replace(typed=typed)
            for n in others:
                result[n] = result[n].deny()._replace(remarked=False)
    return result


def _denied_after(phrases: list[Phrase], at: int) -> list[int]:
    """The places of what a word such as `not` denies: the first thing said after it; a movement with its direction,
    unless it is the speed alone that is denied, and with those that an `or` or `and` adds."""
    clause = _clause(phrases, at + 1 + (phrases[at + 1].value("pause") == "comma" if at + 1 < len(phrases) else 0))
    content = [n for n in clause if phrases[n].slots & CONTENT]
    if not content or content[0] - at > NEGATED_WITHIN:
        return []
    first, *others = content
    denied = [first]
    for n in others:
        item, joined = phrases[n], _joined(phrases, denied[-1], n)
        if phrases[first].slots & WAYS and item.slots & WAYS:
            opposite = OPPOSITE.get(phrases[first].value("direction") or "")
            if not joined and (item.value("motion") or (opposite and item.value("direction") == opposite)):
                break  # `not spinning moves left`, `not left - right`
            denied.append(n)
        elif phrases[first].slots & WAYS and item.value("speed"):
            return [n]  # `does not move quickly`
        elif joined and item.slots & phrases[first].slots:
            denied.append(n)
    travels = phrases[first].concepts == (("motion", "moving"),)
    if travels and not any(phrases[n].value("direction") for n in denied):
        denied += _denied_before(phrases, at)  # `вверх никогда не летит`
    return denied


def _denied_before(phrases: list[Phrase], at: int) -> list[int]:
    """`up is not allowed`, `вверх не надо`: the ways that are said right before it."""
    denied: list[int] = []
    for n in range(at - 1, -1, -1):
        if not phrases[n].slots & WAYS and phrases[n].slots:
            break
        if phrases[n].slots and phrases[at].value("not") == "not":
            denied.insert(0, n)
    return denied


def _clause(phrases: list[Phrase], start: int) -> list[int]:
    """The places from here to a stop, a comma, another negation, or a word such as `but`."""
    clause = []
    for n in range(start, len(phrases)):
        if phrases[n].slots & {"pause", "contrast", "not", "correction"}:
            break
        clause.append(n)
    return clause


def _joined(phrases: list[Phrase], before: int, after: int) -> bool:
    return any(item.slots & {"or", "link"} for item in phrases[before + 1 : after])


# What is taken back


def _corrected(phrases: list[Phrase]) -> list[Phrase]:
    """What was said before `sorry` or `I mean` is passed over where it is said otherwise after it."""
    last = max((n for n, item in enumerate(phrases) if item.value("correction")), default=-1)
    if last < 0:
        return phrases
    after = {slot for item in phrases[last + 1 :] for slot in item.slots & CONTENT}
    before = [item.passed_over() if item.slots & after else item for item in phrases[:last]]
    return [*before, phrases[last]._replace(concepts=()), *phrases[last + 1 :]]
