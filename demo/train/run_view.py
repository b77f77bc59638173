"""What there is to see of a training: every widget's content, made anew from the run's folder as plain data.

Texts are HTML from `demo.ui.theme`, in which all that comes from files is escaped.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from demo.locale.translate import N_, _, grouped, translate
from demo.studio import about
from demo.studio.workspace import Folders
from demo.train import plots as curves
from demo.train import runs
from demo.train.diagnosis import (
    LOOK_AT_LOSSES,
    LOOK_AT_SCORES,
    LOOK_AT_SCORES_BASELINE,
    LOOK_AT_SHARES,
    draw_of,
    is_baseline,
)
from demo.train.estimate import unit_of
from demo.train.progress import say_blocked, status
from demo.train.runs import Run
from demo.ui.amounts import say_clips, say_duration, say_frames
from demo.ui.film import film
from demo.ui.theme import notice, table
from t2v.config import TrainConfig
from t2v.data.grammar import things_of
from t2v.presets import PRESETS
from t2v.settings import OPTIONS, changed_settings
from t2v.system.files import read_json

MOST_STEPS, STEPS_PER_SECOND = 16, 3  # of the strip of one prompt over the steps
CELL_PX = 64  # of a clip in a preview, at least, as `t2v.training.run` draws it
NO_DATA = N_("new clips as it trains")
NO_OTHER = N_("no other run")
PLOTS = ("losses", "scores", "shares")
SHOWN = (  # the widgets that `view` fills
    *("run", "other", "progress", "stop", "resume", "try_it", "start", "measure", "blocked", "in_progress", "log"),
    *("losses_shown", "losses", "losses_note", "scores_shown", "scores", "scores_note"),
    *("shares_shown", "shares", "shares_note", "previews_shown", "over_steps", "preview", "preview_number", "settings"),
)
MEASURED = (N_("loss"), N_("percent"), N_("score"))  # what plots show over the steps
LINE_READINGS = 2  # a plot of fewer has no line


def say_batch(recipe: TrainConfig) -> str:
    """What a step sees."""
    size = recipe.batch_size
    return say_frames(size) if unit_of(recipe) == "frames" else say_clips(size)


def under_losses(run: Run | None, other: Run | None) -> str:
    """What to look for in the losses, as HTML; and where two runs' do not compare."""
    g, d = draw_of(run.recipe, run.step) if run else draw_of(None, 0)
    markup = notice(_(LOOK_AT_LOSSES, g=g, d=d, ceiling=curves.LOSS_CEILING), "remark")
    if run is None or other is None or run.recipe is None or other.recipe is None:
        return markup
    if run.recipe.batch_size != other.recipe.batch_size:
        sizes = {"theirs": say_batch(other.recipe), "mine": say_batch(run.recipe)}
        words = _("A step of {other} sees {theirs}, a step of {name} {mine}.", other=other.name, name=run.name, **sizes)
        markup += notice(words)
    if is_baseline(run.recipe) != is_baseline(other.recipe):
        markup += notice(_("The baseline's losses are of another kind: heights do not compare."))
    return markup


def under_shares(run: Run | None) -> str:
    """What to look for in the shares, as HTML; before there are any, when to expect them."""
    if run is None or run.recipe is None:
        return ""
    table = curves.shares(run)
    if table["step"].nunique() == 1:
        shares = ", ".join(
            f"{_(line)} {percent:.0f}" for line, percent in zip(table["line"], table["percent"], strict=True)
        )
        step = table["step"][0]
        words = _("Percent of clips that show their prompt, at step {step:,.0f}: {shares}.", step=step, shares=shares)
        return notice(words, "remark")
    if len(table):
        return notice(_(LOOK_AT_SHARES, clips=run.recipe.evaluate_clips), "remark")
    first = run.recipe.evaluate_every_steps
    if not run.busy or not run.step < first <= run.of:
        return ""
    words = _("How many clips show what their prompt says is measured from step {step:,} on.", step=first)
    return notice(words, "remark")


@lru_cache(maxsize=1024)
def first_clip(path: Path, changed_ns: int, side_px: int) -> np.ndarray | None:
    """The middle frame (H, W, 3) of a preview's first clip, whose side is `side_px`; None where it cannot be read."""
    try:
        with Image.open(path) as grid:
            grid.seek(getattr(grid, "n_frames", 1) // 2)
            return np.asarray(grid.convert("RGB").crop((0, 0, side_px, side_px)))
    except (OSError, EOFError):  # it is just being removed, or damaged
        return None


def released(folders: Folders, run: Run | None) -> dict:
    """What the checkpoint of a run says of itself; {} where there is none, it is being written, or damaged."""
    if run is None or not run.has_checkpoint:
        return {}
    try:
        return read_json(folders.runs / run.name / "checkpoint" / "config.json")
    except (ValueError, OSError):
        return {}


def copies(folders: Folders, run: Run | None) -> str:
    """Whether a run on few clips draws new ones or copies those, as it found at its end."""
    if not (figures := released(folders, run).get("training", {}).get("copying")):
        return ""
    from t2v.evaluation.copying import COPIES_MUCH, say_copying

    return notice(translate(say_copying(figures)), "problem" if figures["copies"] >= COPIES_MUCH else "remark")


def known_before(folders: Folders, run: Run | None) -> str:
    """Whether the model began in another world, which may have shown what its own holds out."""
    if not (release := released(folders, run)):
        return ""
    from t2v.checkpoint.release import first_world
    from t2v.evaluation.report import say_known_before

    world = first_world(release.get("grammar"), release.get("training", {}))
    return notice(translate(say_known_before(world)), "remark") if world else ""


def never_shown(run: Run | None) -> str:
    """Under the previews of a run that teaches a thing: which of them show motions that it was never shown."""
    things = things_of(run.recipe.grammar) if run is not None and run.recipe is not None else ()
    if not things:
        return ""
    words = _(
        "Only ever shown moving straight, shrinking and expanding: {things}. Never shown: spinning, bouncing, "
        "zigzagging, turning a corner.",
        things=", ".join(things),
    )
    return notice(words, "remark")


def over_steps(run: Run | None) -> str:
    """The first prompt's clip at some steps from the first preview to the newest, as a strip to be scrubbed."""
    from t2v.training.run_folder import step_of

    if run is None or run.recipe is None or len(run.previews) < 2:
        return ""
    last, shown = len(run.previews) - 1, min(len(run.previews), MOST_STEPS)
    picked = [run.previews[round(k * last / (shown - 1))] for k in range(shown)]
    frame_px = run.recipe.model.frame_size_px
    side_px = frame_px * max(1, CELL_PX // frame_px)
    drawn = [(path, first_clip(path, path.stat().st_mtime_ns, side_px)) for path in picked if path.exists()]
    frames = [(step_of(path), frame) for path, frame in drawn if frame is not None]
    if len(frames) < 2:
        return ""
    ends = {"first": frames[0][0], "last": frames[-1][0]}
    title = _("One prompt from step {first:,} to step {last:,}", **ends)
    titles = [_("step {step:,}", step=step) for step, _frame in frames]
    strip = film(np.stack([frame for _step, frame in frames]), alt=title, fps=STEPS_PER_SECOND, titles=titles)
    more = _("One prompt from step {first:,} to step {last:,}; point at a picture to see its step.", **ends)
    return strip + notice(more, "remark")


def list_settings(run: Run | None) -> str:
    """What the run was trained with, as HTML."""
    if run is None or run.recipe is None:
        return ""
    recipe = run.recipe
    rows = [
        (_("Preset"), recipe.preset),
        (_("Data"), run.data or _(NO_DATA)),
        (_("Steps"), grouped(recipe.steps)),
        (_("Batch size"), grouped(recipe.batch_size)),
        (_("Learning rate"), f"{recipe.learning_rate:g}"),
        (_("Seed"), str(recipe.seed)),
        (_("Stop after"), say_duration(60 * run.minutes) if run.minutes else _("never")),
    ]
    changed = changed_settings(recipe) if recipe.preset in PRESETS else {}
    return table(rows + [(name, text) for name, text in changed.items() if name not in OPTIONS])


def preview_at(run: Run | None, number: int) -> tuple[dict, dict]:
    """The picture and the slider for preview `number`, from 1."""
    from t2v.training.run_folder import step_of

    previews: tuple[Path, ...] = run.previews if run else ()
    slider: dict[str, Any] = {"visible": len(previews) > 1, "maximum": max(2, len(previews))}
    if run is None or not previews:
        return {"value": None}, slider
    values = {"number": number, "of": len(previews), "step": step_of(previews[number - 1])}
    if number == len(previews):
        slider["label"] = _("Preview {number} of {of}: step {step:,}, the newest", **values)
    else:
        slider["label"] = _("Preview {number} of {of}: step {step:,}", **values)
    words = {
        "label": _("Preview at step {step:,}", step=values["step"]),
        "alt_text": _("Clips of fixed prompts, drawn by {name} at step {step:,}", name=run.name, step=values["step"]),
    }
    return {"value": previews[number - 1], **words}, slider


def plot(table: pd.DataFrame, beside: Run | None) -> dict:
    """The properties of a plot of these lines, whose names are said in the visitor's language."""
    key = curves.key(table, beside)
    return {
        "value": table.assign(line=table["line"].map(curves.in_visitors_words)),
        "x_title": _("step"),
        "y_title": _(table.columns[1]),
        "x_lim": curves.step_limits(table),
        "color_map": {curves.in_visitors_words(line): colour for line, colour in key["color_map"].items()},
        "colors_in_legend": [curves.in_visitors_words(line) for line in key["colors_in_legend"]],
    }


def view(
    folders: Folders, name: str | None, other: str | None, number: int | None, before: dict
) -> tuple[dict[str, dict], dict]:
    """Widget -> its properties now, and what to hand in as `before` at the next refresh.

    Without a choice of the visitor's it is the run in progress, or the latest. `number` is the visitor's preview: at
    the newest one it follows the training, else it stays.
    """
    names, busy = runs.run_names(folders), runs.running(folders)
    at_newest = not number or number >= before.get("previews", 0)
    given = name not in names or (name == before.get("given") and at_newest)
    chosen = (busy if given else None) or (name if name in names else next(iter(names), None))
    others = [n for n in names if n != chosen]
    run = runs.read_run(folders, chosen) if chosen else None
    trained = (run if busy == chosen else runs.read_run(folders, busy)) if busy else None
    beside = runs.read_run(folders, other) if other in others else None
    follows = before.get("run") != chosen or at_newest
    newest = len(run.previews) if run else 0
    preview, slider = preview_at(run, newest if follows or number is None else min(number, newest))
    if follows and newest:
        slider["value"] = newest
    tables = {"losses": curves.losses(run, beside), "scores": curves.scores(run), "shares": curves.shares(run)}
    plots = {n: plot(table, beside) for n, table in tables.items()}
    begun = {"visible": run is not None and len(curves.readings(run)) >= LINE_READINGS}
    return {
        "run": {"choices": [(about.label(folders.runs, n), n) for n in names]}
        | ({} if chosen == name else {"value": chosen}),
        "other": {"choices": [(_(NO_OTHER), NO_OTHER), *((about.label(folders.runs, n), n) for n in others)]}
        | ({} if beside else {"value": NO_OTHER}),
        "progress": {"value": status(run, busy)},
        **plots,
        "losses_shown": begun,
        "scores_shown": begun,
        "shares_shown": {"visible": tables["shares"]["step"].nunique() >= LINE_READINGS},
        "losses_note": {"value": under_losses(run, beside)},
        "scores_note": {
            "value": notice(
                _(LOOK_AT_SCORES_BASELINE) if run and is_baseline(run.recipe) else _(LOOK_AT_SCORES), "remark"
            )
        },
        "shares_note": {"value": under_shares(run) + known_before(folders, run)},
        "previews_shown": {"visible": newest > 0},
        "over_steps": {"value": over_steps(run) + never_shown(run) + copies(folders, run)},
        "settings": {"value": list_settings(run)},
        "preview": preview,
        "preview_number": slider,
        "log": {"value": run.log if run else ""},
        "start": {"interactive": busy is None},
        "measure": {"interactive": busy is None},
        "blocked": {"value": notice(say_blocked(trained), "remark")},
        "in_progress": {"value": f"{busy} {bool(trained and trained.metrics)}"},
        "stop": {"interactive": run is not None and run.state in ("starting", "running")},
        "resume": {"interactive": busy is None and run is not None and run.resumable},
        "try_it": {"interactive": run is not None and run.has_checkpoint},
    }, {"run": chosen, "given": chosen if given else None, "previews": newest}
