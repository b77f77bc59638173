"""Is this training going well? Read from its metrics, in plain words, with what to do when it is not.

Losses are judged by how far the discriminator's is from a draw, where it finds real and drawn clips alike: ln 2 = 0.69
for each head of the video GAN's discriminator, whose losses are relativistic (one head at first, two or three once it
takes glimpses), and 2 ln 2 for the baseline. Medians of ten readings stayed above 0.25 draws in trainings that went
well (single readings below 5), and sank to 0.07 and less in those that learned little because the discriminator was too
strong. The baseline's scores are probabilities.
"""

import math
import statistics

from demo.locale.translate import N_, _
from demo.train.plots import readings
from demo.train.runs import Run
from t2v.config import TrainConfig

EARLY_STEPS = 300  # before, even good trainings jump
RECENT_READINGS = 10
AHEAD, LOST = 0.5, 0.1  # below: the discriminator's loss, in draws
GUESSED = 0.9  # below in no reading: it has learned nothing so far
FOOLED, EXPLODED = 2.0, 15.0  # above: the same
MANY_BLANK = 0.3  # of all frames
WORTH_LOSING = 0.2  # a share of right clips

LOOK_AT_LOSSES = N_(
    "Good: both lines calm, the generator's slowly falling. Neither network wins at {g:.2f} for the generator and "
    "{d:.2f} for the discriminator. (Faint: raw values, cut at {ceiling:.0f}.)"
)
LOOK_AT_SCORES = N_(
    "How real the discriminator finds real clips and drawn ones. Only the distance between the lines counts: the "
    "smaller, the harder they are to tell apart."
)
LOOK_AT_SCORES_BASELINE = N_(
    "How probable the discriminator finds it that a frame is real. Both at 0.5: it cannot tell them apart. Real near 1 "
    "and drawn near 0: it always can, and the generator learns nothing more."
)
LOOK_AT_SHARES = N_(
    "Percent of {clips} clips that show all that their prompt says. Unseen prompts were never trained: when their "
    "line rises too, the model has learned words, not clips by heart. Pale: single attributes of trained prompts."
)


def is_baseline(recipe: TrainConfig | None) -> bool:
    return recipe is not None and recipe.model.kind == "baseline"


def draw_of(recipe: TrainConfig | None, step: int) -> tuple[float, float]:
    """Both losses at this step, generator's first, where neither network is ahead."""
    if is_baseline(recipe):
        return math.log(2), 2 * math.log(2)
    heads = 1
    if recipe is not None and recipe.model.kind == "layered" and step > recipe.glimpses_from_step:
        heads = 3 if recipe.model.matching_contrast else 2
    return heads * math.log(2), heads * math.log(2)


def advise(run: Run | None) -> list[tuple[str, str]]:
    """What to say about a training: (`problem`, `remark` or "" for good, text). Nothing before it has begun."""
    rows = readings(run)
    step = run.metrics[-1].get("step", 0) if run is not None and run.metrics else 0
    recipe = None if run is None else run.recipe
    reading_steps, reading_until = (recipe.reading_steps, recipe.reading_until(step)) if recipe else (0, 0)
    if run is not None and run.busy and run.metrics and step < reading_until:
        return [("remark", _say_reading(reading_until))]
    if run is None or not rows:
        return []
    g, d = (statistics.median(row[name] for row in rows[-RECENT_READINGS:]) for name in ("loss_g", "loss_d"))
    if not math.isfinite(g + d + rows[-1]["loss_d"]):
        no_number = _("A loss is no number any more. Start again with a lower learning rate or another seed.")
        return [("problem", no_number)]
    advice = _of_evaluations(run.metrics)
    draws = [row["loss_d"] / draw_of(run.recipe, row["step"])[1] for row in rows]  # the discriminator's loss
    recent = statistics.median(draws[-RECENT_READINGS:])
    if draws[-1] > EXPLODED:
        text = _(
            "The losses have exploded (discriminator {loss:.0f}). If they are not back within a hundred steps, start "
            "again with a lower learning rate.",
            loss=rows[-1]["loss_d"],
        )
        advice.append(("problem", text))
    elif rows[-1]["step"] - reading_steps < EARLY_STEPS:
        if run.busy:
            text = _(
                "Too early to say: in the first {steps} steps the losses jump in every training.", steps=EARLY_STEPS
            )
        else:
            text = _("Too early: shapes appear after about {steps} steps.", steps=EARLY_STEPS)
        advice.append(("remark", text))
    elif recent < LOST:
        advice.append(("problem", _say_lost(g, d, run.recipe)))
    elif recent > FOOLED:
        text = _(
            "The discriminator takes drawn clips for real ones (its loss {loss:.1f}). This mostly passes within some "
            "hundred steps; if not, start again with a lower learning rate.",
            loss=d,
        )
        advice.append(("problem", text))
    elif min(draws) > GUESSED:
        text = _(
            "Neither network learns: the discriminator has only guessed so far. Wait some hundred steps, then try "
            "another seed."
        )
        advice.append(("problem", text))
    if advice:
        return advice
    if recent < AHEAD:
        ahead = _(
            "The discriminator is ahead (generator {g:.2f}, discriminator {d:.2f}). That is usual in the first third "
            "and fine while previews get better.",
            g=g,
            d=d,
        )
        return [("remark", ahead)]
    return [("", _("Both networks learn (generator {g:.2f}, discriminator {d:.2f}).", g=g, d=d))]


def _say_reading(steps: int) -> str:
    """Why pictures stay as they are at first."""
    return _(
        "The discriminator learns to read captions first, alone: pictures change from step {step:,} on.", step=steps
    )


def _say_lost(g: float, d: float, recipe: TrainConfig | None) -> str:
    """The discriminator always knows, and nothing it says helps the generator."""
    if is_baseline(recipe):
        return _(
            "The discriminator wins (generator {g:.1f}, discriminator {d:.2f}): it recognises every drawn frame. The "
            "tutorial's recipe has nothing against this; compare it with the preset classic.",
            g=g,
            d=d,
        )
    return _(
        "The discriminator wins (generator {g:.1f}, discriminator {d:.2f}): the generator hardly learns from it. Start "
        "again with a lower learning rate or another seed if previews stay blank.",
        g=g,
        d=d,
    )


def _of_evaluations(metrics: tuple[dict, ...]) -> list[tuple[str, str]]:
    """Blank clips, and prompts that were obeyed better before."""
    measured = [row for row in metrics if row.get("accuracy_seen") is not None]
    if not measured:
        return []
    advice, last, best = [], measured[-1], max(measured, key=lambda row: row["accuracy_seen"])
    if last.get("blank_frames", 0) > MANY_BLANK:
        text = _(
            "{share:.0%} of the frames are blank: the generator has collapsed to drawing nothing. Start again with a "
            "lower learning rate or another seed.",
            share=last["blank_frames"],
        )
        advice.append(("problem", text))
    if best["accuracy_seen"] > max(WORTH_LOSING, 2 * last["accuracy_seen"]):
        text = _(
            "Prompts were obeyed better before: {best:.0%} at step {step:,}, now {now:.0%}. The generator is "
            "collapsing.",
            best=best["accuracy_seen"],
            step=best["step"],
            now=last["accuracy_seen"],
        )
        advice.append(("problem", text))
    return advice
