"""What a text was read as: which of its words gave what, and why it is no prompt where it is none."""

from dataclasses import dataclass
from typing import NamedTuple

from t2v.data.grammar import Attributes
from t2v.data.stories.grammar import Story


class Reading(NamedTuple):
    """Which words of the text gave what. `how`: word, near, colour, sign, spelling, meaning, assumed."""

    start: int
    end: int
    typed: str
    slot: str  # of the grammar
    value: str
    how: str
    similarity: float  # 1 for what is in the dictionary


class Problem(NamedTuple):
    """Why a text is no prompt: `reason` and what fills its sentence; see `wording.problem_line`."""

    reason: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interpretation:
    """What a text says. Refused: `caption` is "", `attributes` None, and `nearest` is a prompt that can be shown.

    Places are those of `text`, which is the prompt as typed but for stress marks and unseen characters.
    """

    text: str
    grammar: str
    caption: str
    attributes: Attributes | Story | None
    readings: tuple[Reading, ...]
    aside: tuple[str, ...]
    nearest: str
    problem: Problem | None = None

    @property
    def understood(self) -> bool:
        return self.problem is None

    @property
    def guesses(self) -> tuple[Reading, ...]:
        """What was guessed or assumed, with its similarity."""
        return tuple(r for r in self.readings if r.how in ("spelling", "meaning", "assumed"))

    def line(self, language: str = "en") -> str:
        """How it was read, or why not, in one line of English or Russian."""
        from t2v.language.wording import account_line, problem_line

        return account_line(self, language) if self.understood else problem_line(self, language)

    def require(self) -> Attributes | Story:
        """The attributes; raises NotUnderstood with the line and the nearest prompt."""
        if self.attributes is None:
            raise NotUnderstood(self)
        return self.attributes


class NotUnderstood(ValueError):
    """A text that is no prompt; its message is one line that ends with the nearest prompt."""

    def __init__(self, interpretation: Interpretation):
        super().__init__(interpretation.line())
        self.interpretation = interpretation
