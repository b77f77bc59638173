"""What people say and what they mean: prompts in one's own words, written by hand, to measure `interpret` with.

`own_words/en.tsv` and `ru.tsv` have a row for each prompt: half, meaning, prompt. The meaning is a prompt of grammar
`shapes` in its normal form, or `refuse`. The half is `tune` or `test` by a hash of the prompt; the dictionaries may be
extended by what `tune` shows, never by what `test` shows, and no meaning is changed to fit.

`en_first_sight.tsv` and `ru_first_sight.tsv` were written later in the voices of six people (a child, a teacher, a
designer, somebody who learns the language, somebody terse, somebody chatty), without a look at the dictionaries, and
read once before anything was mended: docs/LOG.md, "Own words at first sight". No sentence of theirs may be entered.
`en_second_sight.tsv` and `ru_second_sight.tsv` are 40 more each, in other voices (a grandmother, a gamer, a journalist,
a programmer, a poet, somebody who dictates), written after the mending; nothing was mended after them.
`en_third_sight.tsv` and `ru_third_sight.tsv` are 40 more each (a teenager, a neighbour, a commentator, a parent, a
customer), written and committed before what a reviewer had found was mended, and read once after it.
`en_fourth_sight.tsv` and `ru_fourth_sight.tsv` are 60 each (children, teachers, people who type on a phone or write
in a second language), drawn by a hash from the clear ones of 220 that were read once before what they show was mended.
`en_stories.tsv` and `ru_stories.tsv` are prompts of grammar `stories`, written after its words and read once before
anything was mended.
"""

from pathlib import Path
from typing import NamedTuple

from t2v.data.grammar import SHAPES_GRAMMAR
from t2v.data.stories.grammar import STORIES_GRAMMAR
from t2v.language.interpret import interpret

FOLDER = Path(__file__).parent / "own_words"
LANGUAGES = ("en", "ru")
HALVES = ("tune", "test")
SIGHTS = FIRST_SIGHT, SECOND_SIGHT, THIRD_SIGHT, FOURTH_SIGHT = "first", "second", "third", "fourth"
STORIES = "stories"
FILES = {sight: f"_{sight}_sight" for sight in SIGHTS} | {STORIES: "_stories"}
REFUSE = "refuse"


class Paraphrase(NamedTuple):
    half: str
    meaning: str  # of grammar `shapes`; `refuse` for what cannot be shown
    prompt: str


def paraphrases(language: str, half: str | None = None) -> list[Paraphrase]:
    """The prompts of a language: of one half, of both, or those of a file of their own."""
    rows = (FOLDER / f"{language}{FILES.get(half or '', '')}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    every = [Paraphrase(*row.split("\t")) for row in rows]
    return [row for row in every if half in (None, row.half)]


def lines(name: str) -> list[str]:
    """`nonsense`: texts that mean nothing. `contradictory`: prompts that say two things at once."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def misread(language: str, half: str) -> list[Paraphrase]:
    """The prompts that are read otherwise than they are meant."""
    grammar = STORIES_GRAMMAR if half == STORIES else SHAPES_GRAMMAR
    return [
        row for row in paraphrases(language, half) if (interpret(row.prompt, grammar).caption or REFUSE) != row.meaning
    ]
