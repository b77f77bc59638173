"""How far a training is, how fast, and what goes wrong: in words, and as the HTML above the plots."""

import signal

from demo.locale.translate import N_, _, grouped, ngettext, translate
from demo.train.diagnosis import advise
from demo.train.estimate import unit_of
from demo.train.runs import Run
from demo.ui.amounts import say_duration
from demo.ui.theme import bar, box, figures, notice

NO_RUN = N_("There is no training yet. Choose a preset and start one.")
STATES = (N_("starting"), N_("running"), N_("stopping"), N_("stopped"), N_("finished"), N_("failed"), N_("cpu"))  # said
ENOUGH = 0.75  # of its processors: a training that has fewer is slowed down by others
LAST_LINES = 6  # of the log, in the box of a failure


def describe(run: Run | None) -> str:
    """How far the training is, in one line."""
    if run is None:
        return _(NO_RUN)
    if run.state == "starting":
        return _("{name} is starting; the first step takes some seconds.", name=run.name)
    values = {"name": run.name, "state": _(run.state)}
    doing = _("{name} is {state}", **values) if run.busy else _("{name} {state}", **values)
    if not run.of:
        return f"{doing}."
    far = {"doing": doing, "step": run.step, "of": run.of}
    if not run.device:
        return _("{doing} at step {step:,} of {of:,}.", **far)
    return _("{doing} at step {step:,} of {of:,}, on {device}.", device=_(run.device), **far)


def count(run: Run | None) -> list[tuple[str, str]]:
    """The figures to be read from the last row of a class: (what, how much)."""
    if run is None or not run.metrics:
        return []
    last, frames = run.metrics[-1], unit_of(run.recipe) == "frames"
    rows = [
        (_("frames a second") if frames else _("clips a second"), f"{last.get('clips_per_second', 0):.0f}"),
        (_("frames seen") if frames else _("clips seen"), grouped(last.get("clips_seen", 0))),
        (_("elapsed"), say_duration(last.get("seconds", 0))),
    ]
    if run.state == "running" and run.eta_seconds is not None:
        rows.append((_("remaining"), say_duration(run.eta_seconds)))
    return rows


def say_exit(code: int | None) -> str:
    """What an exit code means."""
    if code is None:
        return _("The page did not see it end, so its exit code is not known.")
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else "unknown"
        if name == "SIGKILL":
            return _(
                "It was ended from outside by signal {number} ({name}); mostly the machine had no memory left.",
                number=-code,
                name=name,
            )
        return _("It was ended from outside by signal {number} ({name}).", number=-code, name=name)
    if code == 2:
        return _("Exit code 2: it could not go on, for the reason it gives.")
    return _("Exit code {code}: something went wrong that was not foreseen.", code=code)


def say_saved(run: Run) -> str:
    """What is left of a failed run. Nothing of one that has not begun."""
    if run.resumable:
        saved = run.saved_at_step
        return _("Saved at step {step:,}: Resume goes on from there.", step=saved) if saved else ""
    if run.recipe is None:
        return ""
    first = run.recipe.save_every_steps
    return _("Nothing was saved yet (the first save is at step {step:,}); start again.", step=first)


def say_blocked(busy: Run | None) -> str:
    """Why no training can be started now; nothing when one can."""
    if busy is None:
        return ""
    if busy.eta_seconds is None:
        return _("{name} is being trained; stop it first, or wait.", name=busy.name)
    left = say_duration(busy.eta_seconds)
    return _("{name} is being trained; stop it first, or wait ({left} left).", name=busy.name, left=left)


def how_far(run: Run) -> str:
    """A bar, as HTML, for what will end the training: its steps, or the time that it was given."""
    if not run.busy or run.limit_seconds is None or run.eta_seconds is None:
        return bar(run.step, run.of, _("steps made"))
    limit = say_duration(run.limit_seconds)
    remark = notice(_("It stops after {time}, before its steps are made.", time=limit), "remark")
    return bar(run.limit_seconds - run.eta_seconds, run.limit_seconds, _("time used")) + remark


def say_slow(run: Run) -> str:
    """That other programs slow the training down; nothing where they do not."""
    if run.state != "running" or run.processors is None or not run.device.startswith("cpu"):
        return ""
    if run.processors >= ENOUGH * run.threads:
        return ""
    return ngettext(
        "Other programs slow this training down: of late it had {share:.1f} of {n} processor.",
        "Other programs slow this training down: of late it had {share:.1f} of {n} processors.",
        run.threads,
        share=run.processors,
    )


def status(run: Run | None, busy: str | None) -> str:
    """Everything above the plots, as HTML: how far, how fast, what goes wrong. `busy` names the run in progress."""
    markup = notice(describe(run), "" if run else "remark")
    if run is not None and run.of:
        markup += how_far(run)
    markup += figures(count(run))
    if run is not None and run.state == "failed":
        sentences = [translate(run.error), say_exit(run.exit_code), say_saved(run)]
        markup += box(_("{name} failed", name=run.name), sentences, run.log.splitlines()[-LAST_LINES:])
    else:
        markup += "".join(notice(text, style) for style, text in advise(run))
    if run is not None:
        markup += notice(say_slow(run), "remark")
    if busy is not None and (run is None or busy != run.name):
        markup += notice(_("{name} is being trained at the moment.", name=busy), "remark")
    return markup
