"""Thirty clips of one thing, as somebody at home has them: is it recognised in the clips of a model that learned them?

`PYTHONPATH=. python tests/campaigns/thirty.py [--minutes 15] [--out DIR]` writes thirty GIFs of a monster on white with
captions of their own, teaches them to `shapes` (`train --from shapes --data DIR`), and looks for the picture in 48
clips of the model. A second call goes on with the training.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
from teaching import monster

from t2v import load
from t2v.data.sprites import draw, make_sprites, over
from t2v.data.things import cut_out
from t2v.evaluation.things import Picture, look_for
from t2v.media.clips import to_uint8, write_clip
from t2v.training.loop import train
from t2v.training.teach import load_start
from t2v.training.teach import recipe as teaching_recipe

SIDE_PX, FRAMES, CLIPS, ASKED = 96, 10, 30, 48
WAYS = {"walks west": (-1, 0), "walks east": (1, 0), "climbs": (0, -1), "sinks": (0, 1), "waits": (0, 0)}


def write(folder: Path, picture: np.ndarray) -> None:
    """Thirty GIFs, each way equally often, from random places and in random sizes, with `metadata.csv`."""
    rng, sprites, lines = np.random.default_rng(0), make_sprites([picture]), ["file_name,text"]
    times = torch.linspace(-0.5, 0.5, FRAMES)[:, None]
    for i in range(CLIPS):
        words = list(WAYS)[i % len(WAYS)]
        middle = torch.tensor(rng.uniform(0.4, 0.6, 2), dtype=torch.float32)
        centre = middle + 0.4 * times * torch.tensor(WAYS[words])  # (T, 2)
        radius = torch.full((1, FRAMES), rng.uniform(0.2, 0.26))
        still = torch.zeros(1, FRAMES)
        layers = draw(sprites, torch.zeros(1, dtype=torch.long), centre[None], radius, still, frame_size_px=SIDE_PX)
        write_clip(folder / f"{i:02}.gif", to_uint8(over(layers.new_ones(()), layers))[0])
        lines.append(f"{i:02}.gif,my monster {words}")
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--out", type=Path, default=Path(tempfile.mkdtemp()))
    args = parser.parse_args()
    picture, data, run = cut_out(np.asarray(monster())), args.out / "data", args.out / "run"
    if not data.exists():
        write(data, picture)
    resume = (run / "state.pt").exists()
    start = load_start("shapes")
    recipe = teaching_recipe(start, data=data)
    train(recipe, run, data=data, device="cpu", max_minutes=args.minutes, resume=resume, start=start)
    measured(run, picture)


def measured(run: Path, picture: np.ndarray) -> None:
    """Print in how many clips of the run's model the picture is found, of each caption equally many."""
    captions = [f"my monster {list(WAYS)[i % len(WAYS)]}" for i in range(ASKED)]
    prepared = Picture(make_sprites([picture]))
    sightings = [look_for(prepared, clip) for clip in load(run, device="cpu")(captions, frames=FRAMES)]
    match = float(np.median([sighting.match for sighting in sightings]))
    print(f"found in {sum(s.visible for s in sightings)} of {ASKED} clips; median match {match:.3f}")


if __name__ == "__main__":
    main()
