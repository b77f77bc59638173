"""Prompts in one's own words, English or Russian, to what a model can read, with an account of how they were read.

`interpret` is the door. The words of a language are in one file each (`en.ini`, `ru.ini`), which a teacher can extend.
It must not know what reads the result: no model, no training, no sampler, no page.

From text to prompt: `exact` where it is in the grammar's own words; else `tokens`, `dictionary`, `colours` and
`guesses` of single words, `find` (which words mean what), `settle` (what is not meant after all: `places`), `motion`,
`plurals` and `interpret` for shapes, `relations` and `stories` for stories; `assumed` is what nobody said, `chains` are
clips one after another. Back to people: `interpretation`, `wording`, `story_wording`. `names` of one's own things;
`paraphrases` measure.
"""

from t2v.language.interpret import interpret
from t2v.language.interpretation import Interpretation, NotUnderstood
from t2v.language.wording import Chip, chips, in_russian

__all__ = ["Chip", "Interpretation", "NotUnderstood", "chips", "in_russian", "interpret"]
