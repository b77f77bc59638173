"""What there is to see of a training: every widget's content, made anew from the run's folder as plain data.

Texts are HTML from `demo.ui.theme`, in which all that comes from files is escaped.
"""

import signal
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from demo.studio import about
from demo.studio.workspace import Folders
from demo.train import plots as curves
from demo.train import processes
from demo.train.diagnosis import (
    LOOK_AT_LOSSES,
    LOOK_AT_SCORES,
    LOOK_AT_SCORES_BASELINE,
    LOOK_AT_SHARES,
    advise,
    draw_of,
    is_baseline,
)
from demo.train.estimate import unit_of
from demo.train.processes import Run
from demo.ui.amounts import say_duration
from demo.ui.film import film
from demo.ui.theme import bar, box, figures, notice, table
from t2v.config import PRESETS
from t2v.data.grammar import things_of
from t2v.settings import OPTIONS, changed_settings

MOST_STEPS, STEPS_PER_SECOND = 16, 3  # of the strip of one prompt over the steps
CELL_PX = 64  # of a clip in a preview, at least, as `t2v.training.run` draws it
NO_DATA = "new clips as it trains"
NO_OTHER = "no other run"
NO_RUN = "There is no training yet. Choose a preset and start one."
PLOTS = ("losses", "scores", "shares")
SHOWN = (  # the widgets that `view` fills
    *("run", "other", "progress", "stop", "resume", "try_it", "start", "measure", "blocked", "in_progress", "log"),
    *("losses_shown", "losses", "losses_note", "scores_shown", "scores", "scores_note"),
    *("shares_shown", "shares", "shares_note", "previews_shown", "over_steps", "preview", "preview_number", "settings"),
)
ENOUGH = 0.75  # of its processors: a training that has fewer is slowed down by others
LAST_LINES = 6  # of the log, in the box of a failure
LINE_READINGS = 2  # a plot of fewer has no line


def describe(run: Run | None) -> str:
    """How far the training is, in one line."""
    if run is None:
        return NO_RUN
    if run.state == "starting":
        return f"{run.name} is starting; the first step takes some seconds."
    text = f"{run.name} is {run.state}" if run.busy else f"{run.name} {run.state}"
    text += f" at step {run.step:,} of {run.of:,}" if run.of else ""
    return text + (f", on {run.device}." if run.device else ".")


def count(run: Run | None) -> list[tuple[str, str]]:
    """The figures to be read from the last row of a class: (what, how much)."""
    if run is None or not run.metrics:
        return []
    last, unit = run.metrics[-1], unit_of(run.recipe)
    rows = [
        (f"{unit} a second", f"{last.get('clips_per_second', 0):.0f}"),
        (f"{unit} seen", f"{last.get('clips_seen', 0):,}"),
        ("elapsed", say_duration(last.get("seconds", 0))),
    ]
    if run.state == "running" and run.eta_seconds is not None:
        rows.append(("remaining", say_duration(run.eta_seconds)))
    return rows


def say_exit(code: int | None) -> str:
    """What an exit code means."""
    if code is None:
        return "The page did not see it end, so its exit code is not known."
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else "unknown"
        why = "; mostly the machine had no memory left" if name == "SIGKILL" else ""
        return f"It was ended from outside by signal {-code} ({name}){why}."
    if code == 2:
        return "Exit code 2: it could not go on, for the reason it gives."
    return f"Exit code {code}: something went wrong that was not foreseen."


def say_saved(run: Run) -> str:
    """What is left of a failed run. Nothing of one that has not begun."""
    if run.resumable:
        return f"Saved at step {run.saved_at_step:,}: Resume goes on from there." if run.saved_at_step else ""
    if run.recipe is None:
        return ""
    return f"Nothing was saved yet (the first save is at step {run.recipe.save_every_steps:,}); start again."


def say_blocked(busy: Run | None) -> str:
    """Why no training can be started now; nothing when one can."""
    if busy is None:
        return ""
    left = "" if busy.eta_seconds is None else f" ({say_duration(busy.eta_seconds)} left)"
    return f"{busy.name} is being trained; stop it first, or wait{left}."


def how_far(run: Run) -> str:
    """A bar, as HTML, for what will end the training: its steps, or the time that it was given."""
    if not run.busy or run.limit_seconds is None:
        return bar(run.step, run.of, "steps made")
    remark = notice(f"It stops after {say_duration(run.limit_seconds)}, before its steps are made.", "remark")
    return bar(run.limit_seconds - run.eta_seconds, run.limit_seconds, "time used") + remark


def say_slow(run: Run) -> str:
    """That other programs slow the training down; nothing where they do not."""
    if run.state != "running" or run.processors is None or not run.device.startswith("cpu"):
        return ""
    if run.processors >= ENOUGH * run.threads:
        return ""
    of = f"{run.threads} processor{'s' * (run.threads != 1)}"
    return f"Other programs slow this training down: of late it had {run.processors:.1f} of {of}."


def status(run: Run | None, busy: str | None) -> str:
    """Everything above the plots, as HTML: how far, how fast, what goes wrong. `busy` names the run in progress."""
    markup = notice(describe(run), "" if run else "remark")
    if run is not None and run.of:
        markup += how_far(run)
    markup += figures(count(run))
    if run is not None and run.state == "failed":
        sentences = [run.error, say_exit(run.exit_code), say_saved(run)]
        markup += box(f"{run.name} failed", sentences, run.log.splitlines()[-LAST_LINES:])
    else:
        markup += "".join(notice(text, style) for style, text in advise(run))
    if run is not None:
        markup += notice(say_slow(run), "remark")
    if busy is not None and (run is None or busy != run.name):
        markup += notice(f"{busy} is being trained at the moment.", "remark")
    return markup


def under_losses(run: Run | None, other: Run | None) -> str:
    """What to look for in the losses, as HTML; and where two runs' do not compare."""
    g, d = draw_of(run and run.recipe, run.step if run else 0)
    markup = notice(LOOK_AT_LOSSES.format(g=g, d=d, ceiling=curves.LOSS_CEILING), "remark")
    if run is None or other is None or run.recipe is None or other.recipe is None:
        return markup
    if (mine := run.recipe.batch_size) != (its := other.recipe.batch_size):
        units = unit_of(other.recipe), unit_of(run.recipe)
        markup += notice(f"A step of {other.name} sees {its} {units[0]}, a step of {run.name} {mine} {units[1]}.")
    if is_baseline(run.recipe) != is_baseline(other.recipe):
        markup += notice("The baseline's losses are of another kind: heights do not compare.")
    return markup


def under_shares(run: Run | None) -> str:
    """What to look for in the shares, as HTML; before there are any, when to expect them."""
    if run is None or run.recipe is None:
        return ""
    table = curves.shares(run)
    if table["step"].nunique() == 1:
        shares = ", ".join(
            f"{line} {percent:.0f}" for line, percent in zip(table["line"], table["percent"], strict=True)
        )
        return notice(f"Percent of clips that show their prompt, at step {table['step'][0]:,.0f}: {shares}.", "remark")
    if len(table):
        return notice(LOOK_AT_SHARES.format(clips=run.recipe.evaluate_clips), "remark")
    first = run.recipe.evaluate_every_steps
    if not run.busy or not run.step < first <= run.of:
        return ""
    return notice(f"How many clips show what their prompt says is measured from step {first:,} on.", "remark")


@lru_cache(maxsize=1024)
def first_clip(path: Path, changed_ns: int, side_px: int) -> np.ndarray | None:
    """The middle frame (H, W, 3) of a preview's first clip, whose side is `side_px`; None where it cannot be read."""
    try:
        with Image.open(path) as grid:
            grid.seek(getattr(grid, "n_frames", 1) // 2)
            return np.asarray(grid.convert("RGB").crop((0, 0, side_px, side_px)))
    except (OSError, EOFError):  # it is just being removed, or damaged
        return None


def never_shown(run: Run | None) -> str:
    """Under the previews of a run that teaches a thing: which of them show motions that it was never shown."""
    things = things_of(run.recipe.grammar) if run is not None and run.recipe is not None else ()
    if not things:
        return ""
    said = f"The {' and the '.join(things)} is only ever shown moving straight, shrinking and expanding. It was never "
    return notice(said + "shown spinning, bouncing, zigzagging or turning a corner.", "remark")


def over_steps(run: Run | None) -> str:
    """The first prompt's clip at some steps from the first preview to the newest, as a strip to be scrubbed."""
    from t2v.training.run_folder import step_of

    if run is None or run.recipe is None or len(run.previews) < 2:
        return ""
    last, shown = len(run.previews) - 1, min(len(run.previews), MOST_STEPS)
    picked = [run.previews[round(k * last / (shown - 1))] for k in range(shown)]
    frame_px = run.recipe.model.frame_size_px
    side_px = frame_px * max(1, CELL_PX // frame_px)
    frames = [(path, first_clip(path, path.stat().st_mtime_ns, side_px)) for path in picked if path.exists()]
    frames = [(step_of(path), frame) for path, frame in frames if frame is not None]
    if len(frames) < 2:
        return ""
    title = f"One prompt from step {frames[0][0]:,} to step {frames[-1][0]:,}"
    titles = [f"step {step:,}" for step, _ in frames]
    strip = film(np.stack([frame for _, frame in frames]), alt=title, fps=STEPS_PER_SECOND, titles=titles)
    return strip + notice(f"{title}; point at a picture to see its step.", "remark")


def list_settings(run: Run | None) -> str:
    """What the run was trained with, as HTML."""
    if run is None or run.recipe is None:
        return ""
    recipe = run.recipe
    rows = [
        ("Preset", recipe.preset),
        ("Data", run.data or NO_DATA),
        ("Steps", f"{recipe.steps:,}"),
        ("Batch size", f"{recipe.batch_size:,}"),
        ("Learning rate", f"{recipe.learning_rate:g}"),
        ("Seed", str(recipe.seed)),
        ("Stop after", say_duration(60 * run.minutes) if run.minutes else "never"),
    ]
    changed = changed_settings(recipe) if recipe.preset in PRESETS else {}
    return table(rows + [(name, text) for name, text in changed.items() if name not in OPTIONS])


def preview_at(run: Run | None, number: int) -> tuple[dict, dict]:
    """The picture and the slider for preview `number`, from 1."""
    from t2v.training.run_folder import step_of

    previews: tuple[Path, ...] = run.previews if run else ()
    slider = {"visible": len(previews) > 1, "maximum": max(2, len(previews))}
    if not previews:
        return {"value": None}, slider
    step = f"step {step_of(previews[number - 1]):,}"
    newest = ", the newest" if number == len(previews) else ""
    slider["label"] = f"Preview {number} of {len(previews)}: {step}{newest}"
    words = {"label": f"Preview at {step}", "alt_text": f"Clips of fixed prompts, drawn by {run.name} at {step}"}
    return {"value": previews[number - 1], **words}, slider


def view(
    folders: Folders, name: str | None, other: str | None, number: int | None, before: dict
) -> tuple[dict[str, dict], dict]:
    """Widget -> its properties now, and what to hand in as `before` at the next refresh.

    A run that is not there gives the one in progress, or the latest. `number` is the visitor's preview: at the newest
    one it follows the training, else it stays.
    """
    names, busy = processes.run_names(folders), processes.running(folders)
    chosen = name if name in names else busy or next(iter(names), None)
    others = [n for n in names if n != chosen]
    run = processes.read_run(folders, chosen) if chosen else None
    trained = busy and (run if busy == chosen else processes.read_run(folders, busy))
    beside = processes.read_run(folders, other) if other in others else None
    follows = before.get("run") != chosen or not number or number >= before.get("previews", 0)
    newest = len(run.previews) if run else 0
    preview, slider = preview_at(run, newest if follows else min(number, newest))
    if follows and newest:
        slider["value"] = newest
    tables = {"losses": curves.losses(run, beside), "scores": curves.scores(run), "shares": curves.shares(run)}
    plots = {
        n: {"value": table, "x_lim": curves.step_limits(table)} | curves.key(table, beside)
        for n, table in tables.items()
    }
    begun = {"visible": run is not None and len(curves.readings(run)) >= LINE_READINGS}
    return {
        "run": {"choices": [(about.label(folders.runs, n), n) for n in names]}
        | ({} if chosen == name else {"value": chosen}),
        "other": {"choices": [NO_OTHER, *((about.label(folders.runs, n), n) for n in others)]}
        | ({} if beside else {"value": NO_OTHER}),
        "progress": {"value": status(run, busy)},
        **plots,
        "losses_shown": begun,
        "scores_shown": begun,
        "shares_shown": {"visible": tables["shares"]["step"].nunique() >= LINE_READINGS},
        "losses_note": {"value": under_losses(run, beside)},
        "scores_note": {
            "value": notice(LOOK_AT_SCORES_BASELINE if is_baseline(run and run.recipe) else LOOK_AT_SCORES, "remark")
        },
        "shares_note": {"value": under_shares(run)},
        "previews_shown": {"visible": newest > 0},
        "over_steps": {"value": over_steps(run) + never_shown(run)},
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
    }, {"run": chosen, "previews": newest}
