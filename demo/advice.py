"""Is this training going well? Read from its metrics, in plain words, with what to do when it is not.

The video GAN's losses are relativistic: each network at ln 2 = 0.69 is a draw, and the discriminator has the share of
mismatched captions on top. Its thresholds lie between runs that went well (`classic` as shipped: the generator's loss
at most 5.1, the median of ten readings; single ones up to 36 within the first 300 steps) and runs that did not (7.2
with white clips; 372 after an explosion), see checkpoints/LOG.md. The baseline's cross-entropy has its draw at 0.69
and 1.39, and its scores are probabilities.
"""

import math
import statistics

from demo.curves import readings
from demo.training import Run
from t2v.config import TrainConfig

EARLY_STEPS = 300  # before, even good trainings jump
RECENT_READINGS = 10
G_BEHIND = 3.0  # the generator's loss
G_LOST = 6.0
G_LOST_BASELINE = 4.0
EXPLODED = 20.0  # the discriminator's loss
FOOLED = 2.0  # the discriminator's loss, in draws
NO_DIFFERENCE = 0.02  # between the scores of real and drawn clips
MANY_BLANK = 0.3  # of all frames
WORTH_LOSING = 0.2  # a share of right clips

LOOK_AT_LOSSES = (
    "Look for two calm lines: the generator's sinks slowly while its clips get better. A draw would be {g:.2f} for the "
    "generator and {d:.2f} for the discriminator. Faint: single readings; above {ceiling:.0f} they are cut off."
)
LOOK_AT_SCORES = (
    "How real the discriminator finds real clips and drawn ones. Only the distance between the lines counts: the "
    "smaller, the harder they are to tell apart."
)
LOOK_AT_SCORES_BASELINE = (
    "How probable the discriminator finds it that a frame is real. Both at 0.5: it cannot tell them apart. Real near 1 "
    "and drawn near 0: it always can, and the generator learns nothing more."
)
LOOK_AT_SHARES = (
    "Percent of {clips} clips that show all that their prompt says. Held-out prompts were never trained: when their "
    "line rises too, the model has learned words, not clips by heart. Pale: single attributes of trained prompts."
)


def is_baseline(recipe: TrainConfig | None) -> bool:
    return recipe is not None and recipe.model.kind == "baseline"


def draw_of(recipe: TrainConfig | None) -> tuple[float, float]:
    """Both losses, generator's first, where neither network is ahead."""
    if is_baseline(recipe):
        return math.log(2), 2 * math.log(2)
    weight = TrainConfig.mismatch_weight if recipe is None else recipe.mismatch_weight
    return math.log(2), math.log(2) * (1 + weight)


def advise(run: Run | None) -> list[tuple[str, str]]:
    """What to say about a training: (`problem`, `remark` or "" for good, text). Nothing before it has begun."""
    rows = readings(run)
    if not rows:
        return []
    recent = rows[-RECENT_READINGS:]
    g, d, real, fake = (statistics.median(row[k] for row in recent) for k in ("loss_g", "loss_d", "d_real", "d_fake"))
    if not math.isfinite(g + d + rows[-1]["loss_d"]):
        return [("problem", "A loss is no number any more. Start again with a lower learning rate or another seed.")]
    found = _of_evaluations(run.metrics)
    if rows[-1]["loss_d"] > EXPLODED:
        text = f"The losses have exploded (discriminator {rows[-1]['loss_d']:.0f}). "
        text += "If they are not back within a hundred steps, start again with a lower learning rate."
        found.append(("problem", text))
    elif rows[-1]["step"] < EARLY_STEPS:
        waits = f"Too early to say: in the first {EARLY_STEPS} steps the losses jump in every training."
        ended = f"{EARLY_STEPS} steps or more are needed before there is something to see."
        found.append(("remark", waits if run.busy else ended))
    elif (fault := _of_losses(g, d, real - fake, run.recipe)) is not None:
        found.append(("problem", fault))
    if found:
        return found
    figures = f"generator {g:.2f}, discriminator {d:.2f}"
    if g > G_BEHIND:
        text = f"The discriminator is ahead ({figures}). That is usual in the first third and fine "
        return [("remark", f"{text}while previews get better.")]
    return [("", f"Both networks learn ({figures}).")]


def _of_losses(g: float, d: float, distance: float, recipe: TrainConfig | None) -> str | None:
    """What is wrong with the latest losses."""
    baseline, draw = is_baseline(recipe), draw_of(recipe)[1]
    if baseline and g > G_LOST_BASELINE:
        return (
            f"The discriminator wins (generator {g:.1f}): it recognises every drawn frame. The tutorial's recipe has "
            "nothing against this; compare it with the preset classic."
        )
    if not baseline and g > G_LOST:
        return (
            f"The discriminator wins (generator {g:.1f}, discriminator {d:.2f}): the generator hardly learns from it. "
            "Start again with a lower learning rate or another seed if previews stay blank."
        )
    if not baseline and d > FOOLED * draw:
        return (
            f"The discriminator takes drawn clips for real ones (its loss {d:.1f}). This mostly passes within some "
            "hundred steps; if not, start again with a lower learning rate."
        )
    if abs(distance) < NO_DIFFERENCE and d > 0.97 * draw:
        return (
            "Neither network learns: the discriminator still guesses. Wait some hundred steps, then try another seed."
        )
    return None


def _of_evaluations(metrics: tuple[dict, ...]) -> list[tuple[str, str]]:
    """Blank clips, and prompts that were obeyed better before."""
    measured = [row for row in metrics if row.get("accuracy_seen") is not None]
    if not measured:
        return []
    found, last, best = [], measured[-1], max(measured, key=lambda row: row["accuracy_seen"])
    if last.get("blank_frames", 0) > MANY_BLANK:
        text = f"{last['blank_frames']:.0%} of the frames are blank: the generator has collapsed to drawing nothing."
        found.append(("problem", f"{text} Start again with a lower learning rate or another seed."))
    if best["accuracy_seen"] > max(WORTH_LOSING, 2 * last["accuracy_seen"]):
        text = f"Prompts were obeyed better before: {best['accuracy_seen']:.0%} at step {best['step']:,}, now "
        found.append(("problem", f"{text}{last['accuracy_seen']:.0%}. The generator is collapsing."))
    return found
