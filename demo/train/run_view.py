"""What there is to see of a training: every widget's content, made anew from the run's folder as plain data.

Texts are HTML from `demo.ui.theme`, in which all that comes from files is escaped.
"""

import signal
from pathlib import Path

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
from demo.ui.theme import bar, box, figures, notice

NO_OTHER = "no other run"
NO_RUN = "There is no training yet. Choose a preset and start one."
PLOTS = ("losses", "scores", "shares")
SHOWN = (  # the widgets that `view` fills
    *("run", "other", "progress", "stop", "resume", "try_it", "start", "measure", "blocked", "heard", "log"),
    *("losses_shown", "losses", "losses_said", "scores_shown", "scores", "scores_said"),
    *("shares_shown", "shares", "shares_said", "previews_shown", "preview", "place"),
)
LAST_LINES = 6  # of the log, in the box of a failure
LINE_READINGS = 2  # a plot of fewer has no line


def describe(run: Run | None) -> str:
    """How far the training is, in one line."""
    if run is None:
        return NO_RUN
    if run.state == "starting":
        return f"{run.name} is starting; the first step takes some seconds."
    said = f"{run.name} is {run.state}" if run.busy else f"{run.name} {run.state}"
    said += f" at step {run.step:,} of {run.of:,}" if run.of else ""
    return said + (f", on {run.device}." if run.device else ".")


def count(run: Run | None) -> list[tuple[str, str]]:
    """The figures to be read from the last row of a class: (what, how much)."""
    if run is None or not run.metrics:
        return []
    last, unit = run.metrics[-1], unit_of(run.recipe)
    found = [
        (f"{unit} a second", f"{last.get('clips_per_second', 0):.0f}"),
        (f"{unit} seen", f"{last.get('clips_seen', 0):,}"),
        ("elapsed", say_duration(last.get("seconds", 0))),
    ]
    if run.state == "running" and run.eta_seconds is not None:
        found.append(("remaining", say_duration(run.eta_seconds)))
    return found


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


def status(run: Run | None, busy: str | None) -> str:
    """Everything above the plots, as HTML: how far, how fast, what goes wrong. `busy` names the run in progress."""
    said = notice(describe(run), "" if run else "remark")
    if run is not None and run.of:
        said += bar(run.step, run.of, "steps made")
    said += figures(count(run))
    if run is not None and run.state == "failed":
        sentences = [run.error, say_exit(run.exit_code), say_saved(run)]
        said += box(f"{run.name} failed", sentences, run.log.splitlines()[-LAST_LINES:])
    else:
        said += "".join(notice(text, kind) for kind, text in advise(run))
    if run is not None and run.state == "running" and run.recipe is not None and not run.previews:
        said += notice(f"The first preview comes at step {run.recipe.preview_every_steps:,}.", "remark")
    if busy is not None and (run is None or busy != run.name):
        said += notice(f"{busy} is being trained at the moment.", "remark")
    return said


def under_losses(run: Run | None, other: Run | None) -> str:
    """What to look for in the losses, as HTML; and where two runs' do not compare."""
    g, d = draw_of(run and run.recipe)
    said = notice(LOOK_AT_LOSSES.format(g=g, d=d, ceiling=curves.LOSS_CEILING), "remark")
    if run is None or other is None or run.recipe is None or other.recipe is None:
        return said
    if (mine := run.recipe.batch_size) != (its := other.recipe.batch_size):
        units = unit_of(other.recipe), unit_of(run.recipe)
        said += notice(f"A step of {other.name} sees {its} {units[0]}, a step of {run.name} {mine} {units[1]}.")
    if is_baseline(run.recipe) != is_baseline(other.recipe):
        said += notice("The baseline's losses are of another kind: heights do not compare.")
    return said


def under_shares(run: Run | None) -> str:
    """What to look for in the shares, as HTML; before there are any, when to expect them."""
    if run is None or run.recipe is None:
        return ""
    table = curves.shares(run)
    if table["step"].nunique() == 1:
        found = ", ".join(
            f"{line} {percent:.0f}" for line, percent in zip(table["line"], table["percent"], strict=True)
        )
        return notice(f"Percent of clips that show their prompt, at step {table['step'][0]:,.0f}: {found}.", "remark")
    if len(table):
        return notice(LOOK_AT_SHARES.format(clips=run.recipe.evaluate_clips), "remark")
    first = run.recipe.evaluate_every_steps
    if not run.busy or not run.step < first <= run.of:
        return ""
    return notice(f"How many clips show what their prompt says is measured from step {first:,} on.", "remark")


def preview_at(run: Run | None, place: int) -> tuple[dict, dict]:
    """The picture and the slider for preview number `place`, from 1."""
    from t2v.training.run_folder import step_of

    previews: tuple[Path, ...] = run.previews if run else ()
    slider = {"visible": len(previews) > 1, "maximum": max(2, len(previews))}
    if not previews:
        return {"value": None}, slider
    step = f"step {step_of(previews[place - 1]):,}"
    newest = ", the newest" if place == len(previews) else ""
    slider["label"] = f"Preview {place} of {len(previews)}: {step}{newest}"
    words = {"label": f"Preview at {step}", "alt_text": f"Clips of fixed prompts, drawn by {run.name} at {step}"}
    return {"value": previews[place - 1], **words}, slider


def view(
    folders: Folders, name: str | None, other: str | None, place: int | None, before: dict
) -> tuple[dict[str, dict], dict]:
    """Widget -> its properties now, and what to hand in as `before` at the next look.

    A run that is not there gives the one in progress, or the latest. `place` is the visitor's preview: at the newest
    one it follows the training, else it stays.
    """
    names, busy = processes.run_names(folders), processes.running(folders)
    chosen = name if name in names else busy or next(iter(names), None)
    others = [n for n in names if n != chosen]
    run = processes.look(folders, chosen) if chosen else None
    trained = busy and (run if busy == chosen else processes.look(folders, busy))
    beside = processes.look(folders, other) if other in others else None
    follows = before.get("run") != chosen or not place or place >= before.get("previews", 0)
    newest = len(run.previews) if run else 0
    preview, slider = preview_at(run, newest if follows else min(place, newest))
    if follows and newest:
        slider["value"] = newest
    tables = {"losses": curves.losses(run, beside), "scores": curves.scores(run), "shares": curves.shares(run)}
    plots = {n: {"value": table} | curves.key(table, beside) for n, table in tables.items()}
    begun = {"visible": run is not None and len(curves.readings(run)) >= LINE_READINGS}
    return {
        "run": {"choices": names} | ({} if chosen == name else {"value": chosen}),
        "other": {"choices": [NO_OTHER, *others]} | ({} if beside else {"value": NO_OTHER}),
        "progress": {"value": status(run, busy)},
        **plots,
        "losses_shown": begun,
        "scores_shown": begun,
        "shares_shown": {"visible": tables["shares"]["step"].nunique() >= LINE_READINGS},
        "losses_said": {"value": under_losses(run, beside)},
        "scores_said": {
            "value": notice(LOOK_AT_SCORES_BASELINE if is_baseline(run and run.recipe) else LOOK_AT_SCORES, "remark")
        },
        "shares_said": {"value": under_shares(run)},
        "previews_shown": {"visible": newest > 0},
        "preview": preview,
        "place": slider,
        "log": {"value": run.log if run else ""},
        "start": {"interactive": busy is None},
        "measure": {"interactive": busy is None},
        "blocked": {"value": notice(say_blocked(trained), "remark")},
        "heard": {"value": f"{busy} {bool(trained and trained.metrics)}"},
        "stop": {"interactive": run is not None and run.state in ("starting", "running")},
        "resume": {"interactive": busy is None and run is not None and run.resumable},
        "try_it": {"interactive": run is not None and run.has_checkpoint},
    }, {"run": chosen, "previews": newest}
