"""What may come next in a prompt that is typed, by trying every caption: a yardstick for the page's own completion."""

import re
from functools import lru_cache

from t2v.data.grammar import FORGIVEN_WORDS, GRAMMARS, Grammar
from t2v.language.dictionary import plain
from t2v.language.tokens import script
from t2v.language.wording import in_russian


def continuations(grammar: Grammar, text: str) -> list[str]:
    """The words that may come next, or finish the last one: `large re` -> [red]. [] where none can."""
    typed = re.sub(r"\s+", " ", text.lower().lstrip())
    typed = re.sub(r"^(an?|the) ", "", typed)
    typed = re.sub(rf" ({'|'.join(FORGIVEN_WORDS)})(?= )", "", typed)
    known = grammar.captions
    if grammar.implied_colour:
        known += tuple(f"{grammar.implied_colour} {caption}" for caption in known)
    return _words_after(typed, {caption: caption for caption in known})


def next_words(text: str, grammar_name: str) -> list[str]:
    """The same in the language that the prompt is typed in, English or Russian."""
    grammar = GRAMMARS[grammar_name]
    if not any(script(word) == "ru" for word in text.split()):
        return continuations(grammar, text)
    return _words_after(re.sub(r"\s+", " ", plain(text.lstrip())), _in_russian(grammar_name))


@lru_cache
def _in_russian(grammar_name: str) -> dict[str, str]:
    grammar = GRAMMARS[grammar_name]
    russian = (in_russian(grammar.parse(caption)) for caption in grammar.captions)
    return {plain(caption): caption for caption in russian}


def _words_after(typed: str, captions: dict[str, str]) -> list[str]:
    """The last word begun, or the next one, of each caption whose plain form begins as typed."""
    begun = len(typed) - len(typed.rpartition(" ")[2])
    words = (caption[begun:].split(" ")[0] for plain_form, caption in captions.items() if plain_form.startswith(typed))
    return list(dict.fromkeys(word for word in words if word))
