"""`python -m t2v.language`: how much of what people say is read rightly, and how fast; a line for each figure.

`python -m t2v.language tune` names the prompts of that half that are misread, `first`, `second`, `third` and
`fourth` those of first to fourth sight.
"""

import sys
import time
from statistics import median

from t2v.data.grammar import SHAPES_GRAMMAR
from t2v.data.stories.grammar import STORIES_GRAMMAR
from t2v.language.dictionary import concept_slots, dictionary, signs
from t2v.language.guesses import guesser, vectors_installed
from t2v.language.interpret import interpret, read_text
from t2v.language.paraphrases import FILES, HALVES, LANGUAGES, STORIES, lines, misread, paraphrases

FIRST_TIMES = 9
FIRST_PROMPTS = {
    "English": "big red ball going up",
    "Russian": "большой красный шар летит вверх",
    "misspelt": "bgi rde bll gonig upp",
}


def main() -> None:
    first = ", ".join(f"{name} {_first_milliseconds(prompt):.1f} ms" for name, prompt in FIRST_PROMPTS.items())
    print(f"first prompt, dictionaries unread, of one core: {first}")
    print(f"word vectors: {'installed' if vectors_installed() else 'not installed'}")
    for language in LANGUAGES:
        for half in (*HALVES, *FILES):
            every, wrong = paraphrases(language, half), misread(language, half)
            print(f"{language} {half}: {1 - len(wrong) / len(every):.1%} of {len(every)} read rightly")
            if half in sys.argv[1:]:
                for row in wrong:
                    grammar = STORIES_GRAMMAR if half == STORIES else SHAPES_GRAMMAR
                    print(f"  {row.prompt!r} means {row.meaning!r}, read: {interpret(row.prompt, grammar).line()}")
    for name in ("nonsense", "contradictory"):
        refused = [not interpret(line).understood for line in lines(name)]
        print(f"{name}: {sum(refused)} of {len(refused)} refused")
    times = sorted(_milliseconds(row.prompt) for language in LANGUAGES for row in paraphrases(language))
    print(f"a prompt: {median(times):.2f} ms of one core, the slowest of {len(times)} {times[-1]:.2f} ms")


def _first_milliseconds(prompt: str) -> float:
    """Of a processor's time, which a busy machine does not stretch; the median of a few first times."""
    times = []
    for _ in range(FIRST_TIMES):
        for read_once in (dictionary, concept_slots, signs, guesser):
            read_once.cache_clear()
        times.append(_milliseconds(prompt))
    return median(times)


def _milliseconds(prompt: str) -> float:
    read_text.cache_clear()
    began = time.process_time()
    interpret(prompt, SHAPES_GRAMMAR)
    return 1000 * (time.process_time() - began)


if __name__ == "__main__":
    main()
