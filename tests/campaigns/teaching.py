"""What a teaching gains and costs: a drawn monster in motions shown and never shown, and the prompts known before.

`PYTHONPATH=. python tests/campaigns/teaching.py [--clips 256] [RUN ...]` measures trained models, `shapes` among them
for what there was before. Without a run it draws the monster, teaches it to `shapes` by the shipped recipe (`--out`; a
second call goes on with it), and measures both.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from t2v import load
from t2v.data.things import cut_out
from t2v.evaluation.evaluate import evaluate
from t2v.evaluation.things import evaluate_thing
from t2v.training.loop import train
from t2v.training.teach import load_start, recipe

SIDE_PX = 256
THING_CLIPS = 56
EYES, FEET, EARS = ((16, 34), (16, 38), ((14, 10, 24), (50, 54, 40)))  # of 64


def monster() -> Image.Image:
    """Purple, with orange ears, green feet, white eyes and a red mouth, on a transparent ground."""
    picture = Image.new("RGBA", (SIDE_PX, SIDE_PX))
    pen, unit = ImageDraw.Draw(picture), SIDE_PX / 64

    def box(*corners: float) -> list[float]:
        return [unit * corner for corner in corners]

    for near, tip, far in EARS:
        pen.polygon(box(near, 20, tip, 4, far, 12), (240, 150, 30, 255))
    pen.ellipse(box(8, 10, 56, 50), (110, 60, 170, 255))
    for x in FEET:
        pen.rectangle(box(x, 44, x + 10, 60), (40, 150, 80, 255))
    for x in EYES:
        pen.ellipse(box(x, 18, x + 14, 32), (255, 255, 255, 255))
        pen.ellipse(box(x + 5, 23, x + 11, 29), (0, 0, 0, 255))
    pen.rectangle(box(20, 38, 44, 43), (220, 40, 40, 255))
    return picture


def measure(run: str | Path, *, clips: int) -> None:
    """Print what share of clips is right, of things that the model was taught and of prompts of shapes."""
    sampler = load(run, device="cpu")
    for thing in sampler.release.things:
        for part, shares in evaluate_thing(sampler, thing, clips=THING_CLIPS).items():
            print(f"{run}: {thing}, {part}: {shares}", flush=True)
    result = evaluate(sampler, clips=clips)
    shares = {part: result[part]["accuracy"]["all"]["share"] for part in ("seen", "held_out")}
    print(f"{run}: {clips} old prompts a part: {shares}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*")
    parser.add_argument("--clips", type=int, default=256)
    parser.add_argument("--out", type=Path, default=None)
    args = parser.parse_args()
    if not args.runs:
        out = args.out or Path(tempfile.mkdtemp()) / "run"
        start = replace(load_start("shapes"), things={"monster": cut_out(np.asarray(monster()))})
        train(recipe(start), out, device="cpu", start=start, resume=(out / "state.pt").exists())
        args.runs = ["shapes", str(out)]
    for run in args.runs:
        measure(run, clips=args.clips)


if __name__ == "__main__":
    main()
