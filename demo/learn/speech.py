"""What the Learn tab says, in English and Russian: labels by Gradio's own translations, figures in Python.

Both follow the first language that the browser asks for.
"""

from gradio.i18n import I18nData

from demo.learn.english import ENGLISH
from demo.learn.russian import RUSSIAN

LANGUAGES = {"en": ENGLISH, "ru": RUSSIAN}
OURS = "learn_"  # before every name: Gradio has words of its own, and translates any label that is a name
WORDS = {  # what the browser looks up: {fields} are filled in here, so words with them never get there
    code: {OURS + name: text for name, text in words.items() if "{" not in text} for code, words in LANGUAGES.items()
}


def t(name: str) -> I18nData:
    """A label that the browser shows in the visitor's language."""
    return I18nData(OURS + name)


def say(language: str, name: str, /, **values) -> str:
    """The words of that name, with values filled in."""
    return LANGUAGES[language][name].format(**values)
