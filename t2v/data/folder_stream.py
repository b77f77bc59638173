"""Endless batches of the clips of a folder, in shuffled order; what breaks on the way may be left out with a word.

As every stream, it has one state, `position`: see `t2v.data.batches`.
"""

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

import numpy as np
import torch

from t2v.config import TrainConfig
from t2v.data import scenes
from t2v.data.batches import Batch, encode_all, even_times
from t2v.data.clip_folder import ClipFolder
from t2v.data.decode_ahead import DecodeAhead
from t2v.data.draws import random_uniform
from t2v.data.negatives import negative_captions, word_negatives
from t2v.data.vocabulary import Vocabulary
from t2v.data.worlds import WORLDS
from t2v.media.clips import to_tensor
from t2v.system import distributed


class FolderStream(Iterator):
    """The clips of a folder, each once an epoch in an order that follows from (seed, epoch); random frames of each.

    Several captions of a clip are used in turn, one an epoch. Captions that a grammar reads are brought into its normal
    form. Held-out combinations are left out of datasets written here, and of others with `config.hold_out`. A clip of
    others that cannot be read is left out from then on, another one takes its place, and `tell` is called with a line;
    one of a dataset written here is a ValueError. ValueError also when no clip is left.
    """

    def __init__(
        self,
        config: TrainConfig,
        vocabulary: Vocabulary,
        folder: ClipFolder,
        grammar: str | None,
        *,
        device: torch.device | str = "cpu",
        tell: Callable[[str], None] = lambda line: None,
    ):
        self.config, self.folder, self.device, self.tell = config, folder, torch.device(device), tell
        self.grammar = grammar
        captions_of = dict(enumerate(folder.captions_of))
        if grammar is not None:
            hold_out = config.hold_out or folder.written_here
            in_grammar = {i: _in_grammar(grammar, captions, hold_out) for i, captions in captions_of.items()}
            captions_of = {i: captions for i, captions in in_grammar.items() if captions}
        if not captions_of:
            raise ValueError("All clips of the folder show held-out combinations, which training must not see.")
        self.vocabulary = vocabulary
        every_caption = list(dict.fromkeys(caption for captions in captions_of.values() for caption in captions))
        in_words = {} if grammar else word_negatives(every_caption)
        self.negatives = WORLDS[grammar].negatives if grammar else partial(negative_captions, in_words.__getitem__)
        self.clips = list(captions_of)  # their numbers in the folder; a row is a place in this list
        self.captions_of = list(captions_of.values())
        self.captions = [captions[0] for captions in self.captions_of]
        self.position = 0
        left_out = len(folder) - len(self.clips)
        self.description = f"{len(self.clips):,} clips from a folder" + f", {left_out:,} held out" * bool(left_out)
        flat = "\n".join(caption for captions in self.captions_of for caption in captions)
        self.identity = hashlib.sha256(flat.encode()).hexdigest()
        self.broken: set[int] = set()  # rows
        self._order = lru_cache(4)(self._shuffle)
        self._ahead: DecodeAhead | None = None

    def __next__(self) -> Batch:
        positions = self._positions(self.position)
        T = self.folder.frames
        # by position, so that a clip is looked at alike in a batch of any rank
        draws = random_uniform(self.config.seed, torch.tensor(positions), 2 + 2 * self.config.negative_captions)
        picks = (even_times(self.config, draws[:, :1]) * T).long().clamp(max=T - 1)  # (B, k)
        read = [self._read(position) for position in positions]
        clips = torch.stack([to_tensor(clip[pick.numpy()]) for (_, clip), pick in zip(read, picks, strict=True)])
        self.position += self.config.batch_size * distributed.ranks()  # last: a clip that cannot be read is not skipped
        captions = [self._caption(row, p) for (row, _), p in zip(read, positions, strict=True)]
        negatives = self.negatives(captions, draws[:, 1:-1])
        alike = captions if self.grammar is None else WORLDS[self.grammar].moving_otherwise(captions, draws[:, -1])
        tokens, others = encode_all(self.vocabulary, captions, [*negatives, alike])  # (B, L), (R + 1, B, L)
        times = scenes.times_of(T)[picks]
        return Batch(clips, times, tokens, others[:-1], others[-1]).to(self.device)  # (B, k, 3, H, W)

    def close(self) -> None:
        """End the processes that decode ahead."""
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def _positions(self, position: int) -> list[int]:
        """Of this rank's batch, when those of all ranks begin at `position`."""
        first = position + self.config.batch_size * distributed.rank()
        return list(range(first, first + self.config.batch_size))

    def _caption(self, row: int, position: int) -> str:
        captions = self.captions_of[row]
        return captions[position // len(self.clips) % len(captions)]

    def _row(self, position: int) -> int:
        epoch, index = divmod(position, len(self.clips))
        return self._order(epoch)[index]

    def _shuffle(self, epoch: int) -> list[int]:
        rng = torch.Generator().manual_seed((self.config.seed * 1_000_003 + epoch) % 2**63)
        return torch.randperm(len(self.clips), generator=rng).tolist()

    def _read(self, position: int) -> tuple[int, np.ndarray]:
        """The row and the clip (T, H, W, 3) at a position; of the next row that is whole where that one is broken."""
        for further in range(len(self.clips)):
            row = self._row(position + further)
            if row in self.broken:
                continue
            try:
                return row, self._clip(position, self.clips[row]) if not further else self.folder[self.clips[row]]
            except ValueError as error:
                if self.folder.survey is None:
                    raise
                self.broken.add(row)
                self.tell(f"left out from now on, {len(self.broken)} of {len(self.clips)}: {error}")
        raise ValueError(f"None of the {len(self.clips)} clips can be read any more; the last messages say why.")

    def _clip(self, position: int, number: int) -> np.ndarray:
        if self._ahead is None:
            self._ahead = DecodeAhead(self.folder, self._upcoming(position), workers=self.config.decode_workers)
        return self._ahead.take(position, number)

    def _upcoming(self, position: int) -> Iterator[tuple[int, int]]:
        """(position, number of the clip) of all that this rank will ask for, from its batch with `position` on."""
        batch = self.config.batch_size * distributed.ranks()
        start = (position - self.config.batch_size * distributed.rank()) // batch * batch
        while True:
            for p in self._positions(start):
                row = self._row(p)
                if p >= position and row not in self.broken:
                    yield p, self.clips[row]
            start += batch


def _in_grammar(grammar: str, captions: tuple[str, ...], hold_out: bool) -> tuple[str, ...]:
    """Captions in a grammar's normal form, without those that it holds out."""
    world = WORLDS[grammar]
    parsed = [world.grammar.parse(caption) for caption in captions]
    kept = [world.grammar.caption(a) for a in parsed if not (hold_out and world.is_held_out(a))]
    return tuple(dict.fromkeys(kept))
