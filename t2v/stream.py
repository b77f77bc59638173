"""Endless batches for training: scenes rendered on the fly, or the clips of a folder in shuffled order.

A stream is an iterator of `Batch` whose only state is `position`, the number of clips handed out, so that a resumed
training sees exactly the clips that it would have seen.
"""

import hashlib
from collections.abc import Iterable, Iterator

import torch

from t2v import parallel, scenes
from t2v.clip_folder import ClipFolder
from t2v.config import TrainConfig
from t2v.gan import Batch
from t2v.prompts import GRAMMARS, Vocabulary, caption_vocabulary, combinations, grammar_vocabulary, is_held_out
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
        self.description = self.identity = "endless stream of rendered scenes"

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
    """The clips of a folder, each once an epoch in an order that follows from (seed, epoch); random frames of each.

    Captions that a grammar reads are brought into its normal form, and clips of held-out combinations are left out.
    ValueError when no clip is left, or when the clips have too few frames.
    """

    def __init__(
        self, config: TrainConfig, vocabulary: Vocabulary, folder: ClipFolder, grammar: str | None, *, device="cpu"
    ):
        if folder.frames < frames_seen(config):
            raise ValueError(
                f"The clips have {folder.frames} frames; this model looks at {frames_seen(config)} of each at once."
            )
        self.config, self.folder, self.device = config, folder, torch.device(device)
        captions = dict(enumerate(folder.captions))
        if grammar is not None:
            asked = {i: GRAMMARS[grammar].parse(caption) for i, caption in captions.items()}
            captions = {i: GRAMMARS[grammar].caption(a) for i, a in asked.items() if not is_held_out(grammar, a)}
        if not captions:
            raise ValueError("All clips of the folder show held-out combinations, which training must not see.")
        self.clips = list(captions)  # their numbers in the folder
        self.tokens = vocabulary.encode(list(captions.values()))  # (N, L)
        self.position = 0
        left_out = len(folder) - len(captions)
        self.description = f"{len(captions):,} clips from a folder" + f", {left_out:,} held out" * bool(left_out)
        self.identity = hashlib.sha256("\n".join(captions.values()).encode()).hexdigest()
        self._epoch, self._order = -1, []

    def __next__(self) -> Batch:
        first = self.position + self.config.batch_size * parallel.rank()
        rows = [self._row(p) for p in range(first, first + self.config.batch_size)]
        T = self.folder.frames
        order = torch.rand(len(rows), T, generator=self._rng(first)).argsort(1)
        picks = order[:, : frames_seen(self.config)].sort(1).values  # (B, k)
        read = [self.folder[self.clips[row]][pick.numpy()] for row, pick in zip(rows, picks, strict=True)]
        clips = torch.stack([to_tensor(frames) for frames in read])  # (B, k, 3, H, W)
        self.position += self.config.batch_size * parallel.ranks()  # last: a clip that cannot be read is not skipped
        return Batch(clips, scenes.times_of(T)[picks], self.tokens[rows]).to(self.device)

    def _row(self, position: int) -> int:
        epoch, place = divmod(position, len(self.clips))
        if epoch != self._epoch:
            self._epoch, self._order = epoch, torch.randperm(len(self.clips), generator=self._rng(epoch)).tolist()
        return self._order[place]

    def _rng(self, number: int) -> torch.Generator:
        return torch.Generator().manual_seed((self.config.seed * 1_000_003 + number) % 2**63)


def understood_grammar(captions: list[str], names: Iterable[str]) -> str | None:
    """The first of these grammars that reads all captions; None when they speak another language."""
    for name in names:
        try:
            for caption in set(captions):
                GRAMMARS[name].parse(caption)
        except ValueError:
            continue
        return name
    return None


def words_of(config: TrainConfig, folder: ClipFolder | None) -> tuple[str | None, Vocabulary]:
    """The grammar and vocabulary of a training: its preset's, unless the folder's captions need others."""
    if folder is None:
        return config.grammar, grammar_vocabulary(config.grammar)
    grammar = understood_grammar(folder.captions, (config.grammar, *GRAMMARS))
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
