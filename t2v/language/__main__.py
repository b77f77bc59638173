"""`python -m t2v.language`: how much of what people say is read rightly, and how fast; a line for each figure.

`python -m t2v.language tune` names the prompts of that half that are misread, `first` those of first sight.
"""

import sys
import time

from t2v.data.grammar import SHAPES_GRAMMAR
from t2v.language.guesses import vectors_installed
from t2v.language.interpret import interpret
from t2v.language.paraphrases import FIRST_SIGHT, HALVES, LANGUAGES, lines, misread, paraphrases


def main() -> None:
    first = [_milliseconds(row) for row in ("big red ball going up", "большой красный шар летит вверх")]
    print(f"first prompt: {first[0]:.1f} ms English, then {first[1]:.1f} ms Russian")
    print(f"word vectors: {'installed' if vectors_installed() else 'not installed'}")
    for language in LANGUAGES:
        for half in (*HALVES, FIRST_SIGHT):
            every, wrong = paraphrases(language, half), misread(language, half)
            print(f"{language} {half}: {1 - len(wrong) / len(every):.1%} of {len(every)} read rightly")
            if half in sys.argv[1:]:
                for row in wrong:
                    print(f"  {row.prompt!r} means {row.meaning!r}, read: {interpret(row.prompt).line()}")
    for name in ("nonsense", "contradictory"):
        refused = [not interpret(line).understood for line in lines(name)]
        print(f"{name}: {sum(refused)} of {len(refused)} refused")
    times = sorted(_milliseconds(row.prompt) for language in LANGUAGES for row in paraphrases(language))
    print(f"a prompt: {times[len(times) // 2]:.2f} ms, the slowest of {len(times)} {times[-1]:.2f} ms")


def _milliseconds(prompt: str) -> float:
    interpret.cache_clear()
    began = time.perf_counter()
    interpret(prompt, SHAPES_GRAMMAR)
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
