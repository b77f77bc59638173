"""What clips were asked to show against what a reader says they show, counted.

A clip is compared only with what its prompt says: no size in the prompt, any size is right. A reading is anything with
the attributes below, of whichever reader. Every share carries its 95% interval.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from t2v.data.grammar import GRAMMARS, Attributes

ATTRIBUTES = ("colour", "shape", "size", "motion", "speed")  # the grammar's slots in the order of tables
NORMAL_95 = 1.959964  # the normal distribution's 97.5th percentile
NONE = "none"  # in tables: the reader finds no word of the grammar


def wanted_words(grammar_name: str, wanted: Attributes) -> dict[str, str]:
    """Attribute -> the word that the prompt says, where it says one. Classic prompts all say red."""
    words = {name: getattr(wanted, name) for name in ATTRIBUTES}
    words["colour"] = words["colour"] or GRAMMARS[grammar_name].implied_colour
    return {name: word for name, word in words.items() if word is not None}


def compare(grammar_name: str, wanted: Attributes, reading: Any) -> dict[str, bool]:
    """For each attribute that the prompt says, whether the clip shows it."""
    return {name: getattr(reading, name) == word for name, word in wanted_words(grammar_name, wanted).items()}


def share_of(right: int, of: int) -> dict:
    """{right, of, share, low, high}: low and high bound the 95% interval of Wilson (1927); None when of nothing."""
    if of == 0:
        return {"right": 0, "of": 0, "share": None, "low": None, "high": None}
    share, z2 = right / of, NORMAL_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = NORMAL_95 / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    return {"right": right, "of": of, "share": share, "low": max(0.0, middle - half), "high": min(1.0, middle + half)}


def share_right(answers: Sequence[bool]) -> dict:
    """The share of answers that are right."""
    return share_of(sum(answers), len(answers))


def shares(verdicts: list[dict[str, bool]]) -> dict[str, dict]:
    """One share for each attribute over the clips whose prompt says it, and `all` for everything said being right."""
    shares_found = {name: share_right([j[name] for j in verdicts if name in j]) for name in ATTRIBUTES}
    return shares_found | {"all": share_right([all(j.values()) for j in verdicts])}


def accuracy(grammar_name: str, wanted: Sequence[Attributes], readings: Sequence) -> dict[str, dict]:
    """The shares of clips that show what they were asked for, by attribute and for `all`."""
    return shares([compare(grammar_name, a, r) for a, r in zip(wanted, readings, strict=True)])


def shuffled(grammar_name: str, wanted: Sequence[Attributes], readings: Sequence) -> dict[str, dict] | None:
    """Every clip against the next one's prompt: what ignoring the prompts would score. None for a single clip.

    An attribute of which all prompts say the same has a share of nothing, as there is nothing to exchange; so has `all`
    where that holds for every attribute.
    """
    if len(wanted) < 2:
        return None
    shares_found = accuracy(grammar_name, [*wanted[1:], wanted[0]], readings)
    worded = [wanted_words(grammar_name, words) for words in wanted]
    fixed = [name for name in ATTRIBUTES if len({words.get(name) for words in worded}) == 1]
    fixed += ["all"] * (len(fixed) == len(ATTRIBUTES))
    return shares_found | {name: share_of(0, 0) for name in fixed}


def agreement(grammar_name: str, wanted: Sequence[Attributes], first: Sequence, second: Sequence) -> dict[str, dict]:
    """How often two readers say the same of a clip, right or wrong, in what its prompt says."""
    same = [
        {name: getattr(a, name) == getattr(b, name) for name in wanted_words(grammar_name, words)}
        for words, a, b in zip(wanted, first, second, strict=True)
    ]
    return shares(same)


def per_motion(grammar_name: str, wanted: Sequence[Attributes], readings: Sequence) -> dict[str, dict]:
    """Motion asked for -> the share of right motions and of clips right in `all`, in the grammar's order."""
    verdicts, table = [compare(grammar_name, a, r) for a, r in zip(wanted, readings, strict=True)], {}
    for motion in GRAMMARS[grammar_name].motions:
        rows = [j for a, j in zip(wanted, verdicts, strict=True) if a.motion == motion]
        if rows:
            both = {
                "motion": share_right([j["motion"] for j in rows]),
                "all": share_right([all(j.values()) for j in rows]),
            }
            table[motion] = both
    return table


def confusion(grammar_name: str, wanted: Sequence[Attributes], readings: Sequence) -> dict[str, dict]:
    """Attribute -> word asked for -> word read (`none` for none of the grammar) -> clips, the commonest first."""
    tables: dict[str, dict[str, Counter]] = {name: {} for name in ATTRIBUTES}
    for a, reading in zip(wanted, readings, strict=True):
        for name, word in wanted_words(grammar_name, a).items():
            tables[name].setdefault(word, Counter())[getattr(reading, name) or NONE] += 1
    return {
        name: {word: dict(read.most_common()) for word, read in sorted(table.items())}
        for name, table in tables.items()
        if table
    }
