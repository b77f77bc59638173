"""Chapter 8: prompts that training never showed: the tutorial's, honest ones, and the share that comes out right."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from demo.learn import drawing
from demo.learn.chapters.players import grammar_of
from demo.locale.translate import _, translate
from t2v.checkpoint.release import first_world
from t2v.data.grammar import GRAMMARS, combinations
from t2v.data.stories.grammar import Story
from t2v.data.worlds import WORLDS
from t2v.evaluation.accuracy import ATTRIBUTES, compare
from t2v.evaluation.geometric.reader import read
from t2v.evaluation.report import PARTS, say_known_before
from t2v.evaluation.stories import verdicts as verdicts_of_stories
from t2v.evaluation.stories.geometric import read_geometric
from t2v.evaluation.stories.verdicts import ASPECTS
from t2v.system.files import read_json

if TYPE_CHECKING:
    from t2v.sampler import Sampler

SEEDS = 4  # clips of a prompt
EXAMPLES = 5


def accuracy(folder: Path) -> str:
    """The checkpoint's own measurement of trained against held-out prompts."""
    path = folder / "metrics.json"
    metrics = read_json(path) if path.is_file() else {}
    if not metrics.get("seen"):
        return drawing.paragraph(_("This checkpoint has not been measured; 'python -m t2v evaluate' does it."))
    parts, rows = [part for part in PARTS if part in metrics and part != "own_words"], []
    of_stories = "relation" in metrics["seen"]["accuracy"]
    for name in ASPECTS if of_stories else (*ATTRIBUTES, "all"):
        shares = [metrics[part]["accuracy"].get(name, {}) for part in parts]
        cells = ["–" if not s.get("of") else f"{s['share']:.1%} ({s['low']:.0%}–{s['high']:.0%})" for s in shares]
        rows.append(((_("everything") if name == "all" else _(name)), *cells))
    table = drawing.table(("", *(translate(PARTS[part]) for part in parts)), rows)
    before = translate(say_known_before(metrics.get("first_world")))
    return table + (drawing.paragraph(before) if before else "")


def examples(sampler: "Sampler") -> list[str]:
    """A few held-out prompts of the checkpoint's grammar; of the tutorial's list both that there are. None where
    another world may have shown them."""
    grammar = grammar_of(sampler)
    if first_world(grammar, sampler.release.training):
        return []
    if grammar not in GRAMMARS:
        return WORLDS[grammar].sample(0, torch.arange(EXAMPLES), held_out=True)[2]
    held_out = combinations(grammar, held_out=True)
    picked = held_out[:: max(1, len(held_out) // EXAMPLES)][:EXAMPLES]
    return [GRAMMARS[grammar].caption(attributes) for attributes in picked]


def attempt(sampler: "Sampler", prompt: str, seed: int) -> str:
    """Some clips of the prompt, what the reader sees in each, and whether training has shown this combination."""
    grammar = grammar_of(sampler)
    wanted = WORLDS[grammar].grammar.parse(sampler.normal_form(prompt))
    made = sampler([prompt] * SEEDS, seeds=list(range(seed, seed + SEEDS)))
    if isinstance(wanted, Story):
        verdicts = [verdicts_of_stories.compare(wanted, reading) for reading in read_geometric(made)]
    else:
        verdicts = [compare(grammar, wanted, reading) for reading in read(made)]
    figures = []
    for clip, verdict in zip(made, verdicts, strict=True):
        marks = " ".join(
            ("✓ " if right else "✗ ") + (_("everything") if name == "all" else _(name))
            for name, right in verdict.items()
        )
        figures.append(drawing.captioned(drawing.moving(clip, alt=prompt), marks))
    if sampler.never_trained(prompt):
        known = _("'{prompt}' was never shown in training.", prompt=prompt)
    else:
        known = _("'{prompt}' is a combination that training may show.", prompt=prompt)
    return drawing.paragraph(known) + drawing.row(*figures)


def show(sampler: "Sampler", folder: Path, prompt: str, seed: int) -> str:
    """The table and the attempt."""
    return accuracy(folder) + attempt(sampler, prompt, seed)
