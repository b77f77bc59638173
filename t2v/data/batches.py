"""Endless batches for training, of scenes rendered on the fly; `folder_stream` takes the clips of a folder.

A stream is an iterator of `Batch` whose only state is `position`, the number of clips handed out, so that a resumed
training sees exactly the clips that it would have seen.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import torch

from t2v.config import TrainConfig
from t2v.data import scenes
from t2v.data.clip_folder import ClipFolder
from t2v.data.draws import random_uniform
from t2v.data.sprites import Sprites
from t2v.data.vocabulary import Vocabulary, caption_vocabulary, grammar_vocabulary
from t2v.data.worlds import WORLDS
from t2v.system import distributed
from t2v.system.device import send

PREVIEWS = 12  # prompts of a folder whose captions no grammar reads


class Batch(NamedTuple):
    """Clips (B, T, 3, H, W), their times (B, T), their captions (B, L), and R negative ones for each (R, B, L); `alike`
    (B, L) are captions of the same things of one's own that move in any other way, and else the captions themselves."""

    clips: torch.Tensor
    times: torch.Tensor
    tokens: torch.Tensor
    negatives: torch.Tensor
    alike: torch.Tensor

    def to(self, device: torch.device | str) -> "Batch":
        return Batch(*(send(x, device) for x in self))


def frames_to_sample(config: TrainConfig) -> int:
    """How many frames of a clip training looks at: some for the video GAN, a single one for the baseline."""
    return 1 if config.model.kind == "baseline" else config.model.discriminator_frames


CAPTIONS_KEPT = 2**15  # more than the grammar of `shapes` has


@lru_cache(CAPTIONS_KEPT)
def tokens_of(vocabulary: Vocabulary, caption: str) -> list[int]:
    """The caption's tokens (L,), kept: captions come back, and to look words up anew costs more than to render."""
    return vocabulary.tokens(caption)


CLIPS_AT_ONCE = 256  # made for a GPU, as whole batches
BEYOND = 1.15  # even steps reach so much further than a clip, so that its first and last instants are seen often


def even_times(config: TrainConfig, shift: torch.Tensor) -> torch.Tensor:
    """As many times as training looks at, (B, k) in [0, 1]: even steps, the first at a share of one, shift (B, 1)."""
    k = frames_to_sample(config)
    times = (torch.arange(k, device=shift.device) + shift) / k
    return times if k == 1 else (0.5 + BEYOND * (times - 0.5)).clamp(0, 1)


def encode_all(
    vocabulary: Vocabulary, captions: list[str], negatives: list[list[str]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The captions (B, L) and the negative ones (R, B, L) as tokens."""
    rows = torch.tensor([[tokens_of(vocabulary, caption) for caption in row] for row in (captions, *negatives)])
    return rows[0], rows[1:]


class SceneStream(Iterator):
    """Scenes 0, 1, 2, ... of (grammar, seed), rendered only at the instants that training looks at.

    The video GAN gets even steps from a random instant, so that it learns time as continuous; the baseline gets the
    tutorial's frames. Turning is shown more often than other motions: a small wedge says which way. For a GPU, which
    would wait for words, many batches are made at once. `things` are the pictures of a grammar that has such words.
    """

    def __init__(
        self,
        config: TrainConfig,
        vocabulary: Vocabulary,
        *,
        things: Sprites | None = None,
        device: torch.device | str = "cpu",
    ):
        self.config, self.vocabulary, self.device = config, vocabulary, torch.device(device)
        self.things = None if things is None else things.to(self.device)
        self.position = 0
        self.description = self.identity = "endless stream of rendered scenes"
        self.batches_at_once = max(1, CLIPS_AT_ONCE // config.batch_size) if self.device.type == "cuda" else 1
        self.tell: Callable[[str], None] = lambda line: None  # scenes have nothing to tell
        self._made: dict[int, Batch] = {}  # by position

    def __next__(self) -> Batch:
        if self.position not in self._made:
            self._made = self._make(self.position)
        batch = self._made.pop(self.position)
        self.position += self.config.batch_size * distributed.ranks()
        return batch

    def close(self) -> None:
        """Nothing is open."""

    def _make(self, position: int) -> dict[int, Batch]:
        """The batches of this rank from a position on."""
        world = WORLDS[self.config.grammar]
        config, size, of_all_ranks = self.config, self.config.batch_size, self.config.batch_size * distributed.ranks()
        positions = [position + of_all_ranks * n for n in range(self.batches_at_once)]
        first = torch.tensor(positions)[:, None] + size * distributed.rank()
        indices = (first + torch.arange(size)).flatten()  # (count * B,)
        turning = indices % config.turning_every == 0 if config.turning_every else None
        alone = indices < config.alone_until_step * of_all_ranks
        drawn, _, captions = world.sample(config.seed, indices, turning=turning, alone=alone)
        # columns beyond those that the scene itself has used
        columns = world.DRAWS + 2 + 2 * config.negative_captions
        draws = random_uniform(config.seed, indices, columns)[:, world.DRAWS :]
        times = even_times(config, draws[:, :1])
        negatives = world.negatives(captions, draws[:, 1:-1])
        alike = world.moving_otherwise(captions, draws[:, -1])
        if config.model.kind == "baseline":
            times = scenes.times_of(config.frames)[(times * config.frames).long().clamp(max=config.frames - 1)]
        encoded = encode_all(self.vocabulary, captions, [*negatives, alike])  # (count * B, L), (R + 1, count * B, L)
        tokens, others = (send(x, self.device) for x in encoded)
        drawn, times = drawn.to(self.device), send(times, self.device)
        clips = world.render(drawn, times=times, frame_size_px=config.model.training_size_px, things=self.things)
        of_clips = [x.split(size) for x in (clips, times, tokens)]
        parts = zip(*of_clips, others[:-1].split(size, dim=1), others[-1].split(size), strict=True)
        return {at: Batch(*part) for at, part in zip(positions, parts, strict=True)}


def understood_grammar(captions: list[str], names: Iterable[str]) -> str | None:
    """The first of these grammars that reads all captions; None when they speak another language."""
    for name in names:
        try:
            for caption in set(captions):
                WORLDS[name].grammar.parse(caption)
        except ValueError:
            continue
        return name
    return None


def words_of(config: TrainConfig, folder: ClipFolder | None) -> tuple[str | None, Vocabulary]:
    """The grammar and vocabulary of a training: its preset's, unless the folder's captions need others."""
    if folder is None:
        return config.grammar, grammar_vocabulary(config.grammar)
    captions = folder.all_captions()
    grammar = understood_grammar(captions, (config.grammar, *WORLDS))
    if grammar is None:
        return None, caption_vocabulary(captions)
    return grammar, grammar_vocabulary(grammar)


def preview_prompts(grammar: str | None, folder: ClipFolder | None) -> list[str]:
    """The prompts that every preview of a run shows, of which some are held out."""
    if grammar is None:
        assert folder is not None  # scenes that are drawn have a grammar
        captions = sorted(set(folder.captions))
        shown = min(len(captions), PREVIEWS)  # evenly from all: neighbours begin with the same words
        return [captions[k * (len(captions) - 1) // max(1, shown - 1)] for k in range(shown)]
    return WORLDS[grammar].previews()
