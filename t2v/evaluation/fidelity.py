"""How clips look beside real ones of the same prompts, whatever they show: steady colours, smooth tracks, variety.

No number here means anything alone; each stands beside the same one of real clips. Clips are (B, T, H, W, 3) uint8;
lengths are shares of the frame's side, colours RGB in [0, 255].
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from t2v.evaluation.geometric.measure import Measure

COLLAPSED = 0.25  # with less than this share of the real clips' spread of starts, a prompt always gives the same clip


@dataclass(frozen=True)
class Track:
    """What is kept of a clip's measure: ink_rgb (T, 3) and centre (T, 2), NaN in blank frames; the radius."""

    ink_rgb: np.ndarray
    centre: np.ndarray
    radius: float


def track_of(m: Measure) -> Track:
    """The track of a measured clip; its radius is the median of the frames that show the shape whole."""
    return Track(m.ink_rgb, m.centre, float(np.median(m.radius[m.whole])) if m.whole.any() else np.nan)


def colour_distance(track: Track) -> float:
    """How much the shape's colour changes within a clip: the mean distance between the colours of any two frames.

    This is the Average Content Distance (ACD) of MoCoGAN (Tulyakov et al. 2018, section 4.1), which takes the shape's
    mean colour in each frame; here it is the median of its pure ink, without the soft edge. NaN below two frames.
    """
    rgb = track.ink_rgb[~np.isnan(track.ink_rgb[:, 0])]  # (F, 3)
    if len(rgb) < 2:
        return np.nan
    distances = np.linalg.norm(rgb[:, None] - rgb[None], axis=2)
    return float(distances.sum() / (len(rgb) * (len(rgb) - 1)))


def roughness(track: Track) -> float:
    """How much the centre shakes: the mean length of the track's second differences. NaN below three frames running."""
    bends = np.linalg.norm(np.diff(track.centre, 2, axis=0), axis=1)
    return float(np.nanmean(bends)) if np.isfinite(bends).any() else np.nan


def steadiness(generated: Sequence[Track], real: Sequence[Track]) -> dict:
    """Means over clips of `colour_distance` (ACD) and `roughness`, generated and real, and their ratio."""
    return {
        name: beside(*(_mean([of(track) for track in tracks]) for tracks in (generated, real)))
        for name, of in (("colour_distance", colour_distance), ("roughness", roughness))
    }


def diversity(generated: Sequence[Sequence[Track]], real: Sequence[Sequence[Track]]) -> dict:
    """What noise changes: lists of clips of one prompt each, with different noise, beside as many real ones.

    `start`, `radius`, `path` and `colour` are standard deviations within a prompt (root mean over prompts);
    `collapsed_prompts` is the share of prompts whose clips nearly all begin at one place. Prompts of fewer than two
    clips are left out.
    """
    spreads_found = {}
    spreads = [np.array([_spread(tracks) for tracks in prompts]).reshape(-1, 4) for prompts in (generated, real)]
    for column, name in enumerate(("start", "radius", "path", "colour")):
        spreads_found[name] = beside(*(_root_mean_square(spread[:, column]) for spread in spreads))
    starts, real_starts = (spread[:, 0] for spread in spreads)
    known = np.isfinite(real_starts)
    collapsed = ~(starts[known] >= COLLAPSED * real_starts[known])  # also where nothing is seen
    return spreads_found | {"collapsed_prompts": float(collapsed.mean()) if known.any() else None}


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float | None:
    """The distance between the normal distributions fitted to two sets of features (N, F).

    Dowson and Landau (1982), as Heusel et al. (2017) use it for pictures. On a reader's features it is a number of this
    project and no FVD. It falls with the number of clips, so compare equally many; None below two.
    """
    if min(len(first), len(second)) < 2:
        return None
    means = [features.mean(0, dtype=np.float64) for features in (first, second)]
    covariances = [np.cov(features.astype(np.float64), rowvar=False) for features in (first, second)]
    values, vectors = np.linalg.eigh(covariances[0])
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ covariances[1] @ root).clip(0)).sum()
    away = ((means[0] - means[1]) ** 2).sum()
    return float(max(0.0, away + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * shared))


def beside(generated: float, real: float) -> dict:
    """{generated, real, ratio}, None where there is no number."""
    ratio = generated / real if np.isfinite(generated) and np.isfinite(real) and real > 0 else None
    numbers = {"generated": generated, "real": real, "ratio": ratio}
    return {name: None if x is None or not np.isfinite(x) else float(x) for name, x in numbers.items()}


def _spread(tracks: Sequence[Track]) -> tuple[float, float, float, float]:
    """Standard deviations of the first centre, radius, length of the path and colour over clips of one prompt."""
    visible = [track for track in tracks if np.isfinite(track.centre).any()]
    if len(visible) < 2:
        return (np.nan,) * 4
    centres = [track.centre[np.isfinite(track.centre[:, 0])] for track in visible]
    starts = np.array([centre[0] for centre in centres])  # (clips, 2)
    paths = [np.linalg.norm(np.diff(centre, axis=0), axis=1).sum() for centre in centres]
    radii = [track.radius for track in visible if np.isfinite(track.radius)]
    radius = float(np.std(radii, ddof=1)) if len(radii) > 1 else np.nan
    colours = np.array([np.nanmedian(track.ink_rgb, 0) for track in visible])  # (clips, 3)
    start, colour = (float(np.sqrt(x.var(0, ddof=1).sum())) for x in (starts, colours))
    return start, radius, float(np.std(paths, ddof=1)), colour


def _mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else np.nan


def _root_mean_square(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else np.nan
