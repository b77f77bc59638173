"""Teaching a trained model something new: its networks with room for more words, or in a smaller world, and a recipe
for minutes.

A new word begins as the mean of the words whose place it takes (of the shapes, for a thing of one's own), so that all
that is known of these holds for it from the first step on: it moves rightly before it looks rightly.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from t2v.checkpoint.find import find_release
from t2v.checkpoint.release import Release, load_discriminator, load_release
from t2v.config import TrainConfig
from t2v.data.captions import caption_words, stem
from t2v.data.clip_folder import ClipFolder
from t2v.data.grammar import GRAMMARS, THINGS_AFTER, things_of
from t2v.data.things import grammar_with_things, kept_path, read_kept, things_written_in
from t2v.data.vocabulary import Vocabulary, caption_vocabulary
from t2v.gan.base import GAN
from t2v.gan.layered import LayeredGAN
from t2v.presets import TEACH

# Of both networks, and of a generator of several layers: row i is the word of token i.
TABLES = ("text.embedding.weight", "presence.word_logits.weight")
SPREAD = 0.3  # of new words about their mean, in spreads of the words that are there


@dataclass(frozen=True)
class Start:
    """What a teaching begins with: a release, its discriminator, and pictures (S, S, 4) of new things by name."""

    release: Release
    discriminator: torch.nn.Module
    things: Mapping[str, np.ndarray] = field(default_factory=dict)


def load_start(path: str | os.PathLike) -> Start:
    """The start that a release folder, run folder or shipped name holds. ValueError when it cannot be taught."""
    folder = find_release(path)
    release = load_release(folder)
    reasons = {"it is the tutorial's model": release.model.kind != "layered"}
    reasons |= {"it learned its own captions": release.grammar is None}
    reasons |= {f"its prompts are of {release.grammar!r}": str(release.grammar).partition(THINGS_AFTER)[0] != "shapes"}
    if reason := next((reason for reason, holds in reasons.items() if holds), None):
        raise ValueError(f"{release.name} cannot be taught more: {reason}. Begin from shapes or lesson.")
    discriminator = load_discriminator(folder)
    if discriminator is None:
        raise ValueError(f"{release.name} cannot be taught more: the folder holds no discriminator.")
    return Start(release, discriminator)


def recipe(start: Start, *, data: str | os.PathLike | None = None) -> TrainConfig:
    """The recipe `presets.TEACH` for this model, with the words of its new things, or of those that a dataset shows;
    with neither it goes on with what it knows.

    ValueError for both, or where a name is known already.
    """
    if data is not None and start.things:
        raise ValueError("Name what is new: pictures with --thing NAME=PICTURE, or a folder with --data, not both.")
    names = list(start.things)
    if data is not None:
        names = things_written_in(Path(data), str(start.release.grammar))
    grammar = grammar_with_things(str(start.release.grammar), names)
    goes_on = grammar == start.release.grammar
    appearance = 0.0 if goes_on else TEACH.appearance_weight
    return replace(TEACH, grammar=grammar, model=start.release.model, appearance_weight=appearance)


def known_and_new_words(start: Vocabulary, captions: Sequence[str]) -> Vocabulary:
    """The vocabulary of a model with the words of captions that it does not know yet, inflections aside, at the end."""
    stems = {stem(part) for word in start.words for part in caption_words(word)}
    new = [word for word in caption_vocabulary(list(captions)).words if stem(word) not in stems]
    longest = max(len(caption_words(caption)) for caption in captions)
    return Vocabulary(start.words + tuple(new), max(start.max_tokens, longest))


def own_words(start: Start, grammar: str | None, config: TrainConfig, folder: ClipFolder) -> Vocabulary | None:
    """The words of a folder's captions beside the known ones; None where its clips are of the start's own world, whose
    `grammar` has all words. ValueError where the recipe asks for another world besides."""
    world = str(start.release.grammar).partition(THINGS_AFTER)[0]
    if config.grammar.partition(THINGS_AFTER)[0] != world:
        raise ValueError(f"Clips and another grammar than {world} cannot be taught at once: leave out --data or that.")
    if grammar is not None and grammar.partition(THINGS_AFTER)[0] == world:
        return None
    return known_and_new_words(start.release.vocabulary, folder.all_captions())


def begin_from(gan: GAN, start: Start, vocabulary: Vocabulary) -> None:
    """Fill the networks of `gan`, which has read nothing yet, with those of the start; new words begin as shapes, and
    where there are any, what is known without them is kept.

    ValueError where the vocabulary is another world's, with words that are not known, or has none for a new thing.
    """
    known = start.release.vocabulary
    new = [word for word in vocabulary.words if word not in known.token_of]
    if new and vocabulary.words != known.words + tuple(new):
        some = ", ".join(map(repr, new[:3]))
        raise ValueError(f"{start.release.name} does not know all words of that grammar, such as {some}.")
    if nameless := [name for name in start.things if name not in vocabulary.token_of]:
        raise ValueError(f"The grammar has no word for {', '.join(nameless)}; teach things without another grammar.")
    like = [known.token_of[shape] for shape in GRAMMARS[str(start.release.grammar)].shapes]
    generator = with_words(start.release.generator.state_dict(), known, vocabulary, like=like)
    for network in (gan.generator, gan.generator_ema):
        network.load_state_dict(generator)
    gan.discriminator.load_state_dict(with_words(start.discriminator.state_dict(), known, vocabulary, like=like))
    if new:
        assert isinstance(gan, LayeredGAN)  # no other kind is taught
        gan.keep_what_is_known(len(known.words))


def with_words(
    state: Mapping[str, torch.Tensor], known: Vocabulary, wanted: Vocabulary, *, like: Sequence[int]
) -> dict[str, torch.Tensor]:
    """A network's state for the wanted words instead of the known ones. Each new one is the mean of the words of tokens
    `like` and a little of its own: alike from the first, they would have to be told apart first."""
    rng, changed = torch.Generator().manual_seed(0), dict(state)
    new = [word for word in wanted.words if word not in known.token_of]
    row_of = known.token_of | {word: row for row, word in enumerate(new, start=len(known.words) + 1)}
    for name in filter(state.__contains__, TABLES):
        table = state[name]  # (words + 1, E)
        own = torch.randn(len(new), table.shape[1], generator=rng).to(table) * table[1:].std()
        own = own * (SPREAD if len(new) > 1 else 0)
        more = torch.cat([table, table[list(like)].mean(0, keepdim=True) + own])
        changed[name] = more[[0, *(row_of[word] for word in wanted.words)]]
    return changed


def find_things(
    grammar: str, *given: Mapping[str, np.ndarray], folders: Sequence[str | os.PathLike | None] = ()
) -> dict[str, np.ndarray]:
    """The picture (S, S, 4) of each thing that a grammar names: one that is `given`, or that one of the folders keeps.

    ValueError for a thing without a picture.
    """
    chosen: dict[str, np.ndarray] = {}
    for name in things_of(grammar):
        picture = next((pictures[name] for pictures in given if name in pictures), None)
        kept = [kept_path(Path(folder), name) for folder in folders if folder is not None]
        path = next((path for path in kept if path.is_file()), None)
        if picture is None:
            if path is None:
                raise ValueError(f"There is no picture of {name!r}; give it with --thing {name}=PICTURE.")
            picture = read_kept(path)
        chosen[name] = picture
    return chosen
