"""Batches for a model that is taught something new: half new clips, half scenes of what it knew.

Networks that see only what is new forget the rest (French 1999); old examples beside the new ones are the plainest cure
(Robins 1995).
"""

from collections.abc import Callable, Iterator

import torch

from t2v.data.batches import Batch, SceneStream
from t2v.data.folder_stream import FolderStream


class Rehearsal(Iterator):
    """Batches of which one half is new clips and the other scenes of what the model knew; `position` counts both."""

    def __init__(self, new: FolderStream, known: SceneStream):
        self.new, self.known = new, known
        self.description = f"{new.description}, and as many rendered scenes of what it knew"
        self.identity = new.identity

    @property
    def position(self) -> int:
        return self.new.position + self.known.position

    @position.setter
    def position(self, clips: int) -> None:
        sizes = [stream.config.batch_size for stream in (self.new, self.known)]
        self.new.position, self.known.position = (clips // sum(sizes) * size for size in sizes)

    @property
    def tell(self) -> Callable[[str], None]:
        return self.new.tell

    @tell.setter
    def tell(self, say: Callable[[str], None]) -> None:
        self.new.tell = say

    def close(self) -> None:
        self.new.close()

    def __next__(self) -> Batch:
        new, known = next(self.new), next(self.known)
        clips, times, tokens, alike = (
            torch.cat(pair) for pair in zip((*new[:3], new.alike), (*known[:3], known.alike), strict=True)
        )
        return Batch(clips, times, tokens, torch.cat([new.negatives, known.negatives], 1), alike)
