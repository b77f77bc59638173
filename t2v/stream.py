"""Endless batches for training: scenes rendered on the fly, or the clips of a folder in shuffled order.

A stream is an iterator of `Batch` whose only state is `position`, the number of clips handed out, so that a resumed
training sees exactly the clips that it would have seen.
"""

from collections.abc import Iterator

import torch

from t2v import parallel, scenes
from t2v.clip_folder import ClipFolder
from t2v.config import TrainConfig
from t2v.gan import Batch
from t2v.prompts import GRAMMARS, Vocabulary, caption_vocabulary, combinations, grammar_vocabulary
from t2v.video import to_tensor


def frames_seen(config: TrainConfig) -> int:
    """How many frames of a clip training looks at: a few for the video GAN, a single one for the baseline."""
    return config.model.discriminator_frames if config.model.kind == "video" else 1


class SceneStream(Iterator):
    """Scenes 0, 1, 2, ... of (grammar, seed), rendered only at the instants that training looks at.

    The video GAN gets random instants, so that it learns time as continuous; the baseline gets the tutorial's frames.
    """

    def __init__(self, config: TrainConfig, vocabulary: Vocabulary, *, device="cpu"):
        self.config, self.vocabulary, self.device = config, vocabulary, torch.device(device)
        self.position = 0
        self.description = "endless stream of rendered scenes"

    def __next__(self) -> Batch:
        config = self.config
        first = self.position + config.batch_size * parallel.rank()
        indices = torch.arange(first, first + config.batch_size, device=self.device)
        self.position += config.batch_size * parallel.ranks()
        drawn, _, captions = scenes.sample(config.grammar, config.seed, indices)
        # columns beyond those that the scene itself has used
        times = scenes.random_uniform(config.seed, indices, scenes.DRAWS + frames_seen(config))[:, scenes.DRAWS :]
        times = times.sort(1).values  # (B, k)
        if config.model.kind == "baseline":
            times = scenes.times_of(config.frames, self.device)[(times * config.frames).long()]
        clips = scenes.render(drawn, times=times, frame_size_px=config.model.frame_size_px)
        return Batch(clips, times, self.vocabulary.encode(captions).to(self.device))


class FolderStream(Iterator):
    """The clips of a folder, each once an epoch in an order that follows from (seed, epoch); random frames of each."""

    def __init__(self, config: TrainConfig, vocabulary: Vocabulary, folder: ClipFolder, *, device="cpu"):
        if folder.frames < frames_seen(config):
            raise ValueError(
                f"The clips have {folder.frames} frames; this model looks at {frames_seen(config)} of each at once."
            )
        self.config, self.folder, self.device = config, folder, torch.device(device)
        self.tokens = vocabulary.encode(folder.captions)  # (N, L)
        self.position = 0
        self.description = f"{len(folder):,} clips from a folder"
        self._epoch, self._order = -1, []

    def __next__(self) -> Batch:
        first = self.position + self.config.batch_size * parallel.rank()
        rows = [self._row(p) for p in range(first, first + self.config.batch_size)]
        rng = torch.Generator().manual_seed(self.config.seed * 1_000_003 % 2**63 + first)
        self.position += self.config.batch_size * parallel.ranks()
        T = self.folder.frames
        picks = (
            torch.rand(len(rows), T, generator=rng).argsort(1)[:, : frames_seen(self.config)].sort(1).values
        )  # (B, k)
        clips = torch.stack([to_tensor(self.folder[i][pick.numpy()]) for i, pick in zip(rows, picks, strict=True)])
        return Batch(clips, scenes.times_of(T)[picks], self.tokens[rows]).to(self.device)

    def _row(self, position: int) -> int:
        epoch, place = divmod(position, len(self.folder))
        if epoch != self._epoch:
            rng = torch.Generator().manual_seed(self.config.seed * 1_000_003 % 2**63 + epoch)
            self._epoch, self._order = epoch, torch.randperm(len(self.folder), generator=rng).tolist()
        return self._order[place]


def understood_grammar(captions: list[str]) -> str | None:
    """The smallest grammar that reads all captions; None when they speak another language."""
    for name, grammar in GRAMMARS.items():
        try:
            for caption in set(captions):
                grammar.parse(caption)
        except ValueError:
            continue
        return name
    return None


def words_of(config: TrainConfig, folder: ClipFolder | None) -> tuple[str | None, Vocabulary]:
    """The grammar and vocabulary that a training speaks: its preset's, unless the folder's captions need their own."""
    if folder is None:
        return config.grammar, grammar_vocabulary(config.grammar)
    grammar = understood_grammar(folder.captions)
    if grammar is None:
        return None, caption_vocabulary(folder.captions)
    return grammar, grammar_vocabulary(grammar)


def preview_prompts(grammar: str | None, folder: ClipFolder | None) -> list[str]:
    """The prompts that every preview of a run shows: classic all 20; else a dozen, of which some are held out."""
    if grammar is None:
        return sorted(set(folder.captions))[:12]
    if grammar == "classic":
        shown = combinations(grammar) + combinations(grammar, held_out=True)
        return [GRAMMARS[grammar].caption(attributes) for attributes in shown]
    return [
        "large red circle moving right",
        "small blue square moving up-left",
        "green triangle moving down slowly",
        "large yellow star moving diagonally down-right",
        "orange circle rotating clockwise",
        "purple star rotating counter-clockwise quickly",
        "large green square shrinking",
        "small red triangle expanding",
        "blue star bouncing vertically",
        "small purple circle zigzagging horizontally",
        "large orange square moving down then left",
        "large red circle moving up then right",
    ]
