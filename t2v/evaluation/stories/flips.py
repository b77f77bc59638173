"""Tracks seen in a mirror, upside down and with x and y exchanged, and what words then say: eight lessons of one."""

import torch

from t2v.data.grammar import TURNING
from t2v.data.stories.grammar import MOTIONS
from t2v.evaluation.stories.network import PAIRS, Tracks

MIRROR = {"left": "right", "right": "left"}
UPSIDE_DOWN = {"up": "down", "down": "up", "above": "below", "below": "above"}
EXCHANGE = {
    "left": "up", "up": "left", "right": "down", "down": "right", "vertically": "horizontally",
    "horizontally": "vertically",
}  # fmt: skip
SIDES = {"left of": "above", "above": "left of", "right of": "below", "below": "right of"}


def flipped_motion(motion: str, words: dict[str, str]) -> str | None:
    """A motion in such a mirror; None where it has no word there, or where more than the path would have to turn."""
    if motion in TURNING or (motion == "falling" and words is not MIRROR):
        return None
    spelled = " ".join("-".join(words.get(part, part) for part in word.split("-")) for word in motion.split())
    both = spelled.replace("moving ", "").split("-")
    if len(both) == 2:  # `left-up` is said `up-left`
        spelled = f"moving {'-'.join(sorted(both, key=('up', 'down', 'left', 'right').index))}"
    return spelled if spelled in MOTIONS else None


def flipped_pair(pair: str | None, words: dict[str, str]) -> str | None:
    if pair in SIDES:
        return SIDES[pair] if words is EXCHANGE else " ".join(words.get(word, word) for word in pair.split())
    return pair


WORDS = (MIRROR, UPSIDE_DOWN, EXCHANGE)
MOTION_TABLE = torch.tensor(
    [[MOTIONS.index(f) if (f := flipped_motion(m, words)) else -1 for m in MOTIONS] for words in WORDS]
)
PAIR_TABLE = torch.tensor([[PAIRS.index(flipped_pair(pair, words)) for pair in PAIRS] for words in WORDS])


def flip_moments(moments: torch.Tensor, number: int, rows: torch.Tensor) -> torch.Tensor:
    """Places (K, T, 6) of a track with the flip of this number in `WORDS` where rows (K,) say so."""
    if number == 2:
        other = moments[..., [0, 2, 1, 4, 3, 5]]
    else:
        other = moments.clone()
        other[..., 1 + number] = 1 - moments[..., 1 + number]
        other[..., 5] = -moments[..., 5]
    return torch.where(rows[:, None, None], other, moments)


def flip_alone(tracks: Tracks, motion: torch.Tensor, rng: torch.Generator) -> tuple[Tracks, torch.Tensor]:
    """Each track in a mirror or not, by chance, and its motion (K,), -1 where it has none."""
    moments = tracks.moments
    for number in range(len(WORDS)):
        label = torch.where(motion >= 0, MOTION_TABLE[number][motion.clamp(min=0)], -1)
        rows = (torch.rand(len(motion), generator=rng) < 0.5) & (label >= 0)
        moments, motion = flip_moments(moments, number, rows), torch.where(rows, label, motion)
    return Tracks(moments, tracks.features), motion


def flip_pair(
    first: Tracks, second: Tracks, label: torch.Tensor, rng: torch.Generator
) -> tuple[Tracks, Tracks, torch.Tensor]:
    """The same of two tracks together and of their place in `PAIRS`."""
    one, other = first.moments, second.moments
    for number in range(len(WORDS)):
        rows = torch.rand(len(label), generator=rng) < 0.5
        one, other = flip_moments(one, number, rows), flip_moments(other, number, rows)
        label = torch.where(rows, PAIR_TABLE[number][label], label)
    return Tracks(one, first.features), Tracks(other, second.features), label
