"""Chapter 6 at work: a training for each visitor, and the buttons and the timer that lead it.

A training is found by the visitor's session. Those who run the same one at the same time share it: it is the same steps
from the same start, and thirty of them would take a class minutes of waiting. Whoever makes a single step gets a copy.
A training goes when its visitors leave, or have not been seen for a while; when there are too many, the one goes that
has rested longest.
"""

import threading
import time
from types import SimpleNamespace

import gradio as gr

from demo.learn import drawing
from demo.learn.speech import say
from demo.locale.translate import language_of

MAX_PUPILS = 40  # each holds some 8 MB: weights, their averages, and what Adam remembers
FREED_AFTER_SECONDS = 900.0
RUN_EVERY_SECONDS, SLOW_EVERY_SECONDS = 0.6, 1.6
TURN_SECONDS = 0.5  # of computing at a beat of one who runs alone
AT_WORK_SECONDS = 5.0  # who was seen within this shares the processor
RUNS = {"concurrency_id": "lesson-runs", "concurrency_limit": 1}  # trainings of all visitors take turns
PRESSES = {"concurrency_id": "lesson-presses", "concurrency_limit": 1}  # and nobody's single step waits for them
BUTTONS = ("d_step", "g_step", "both_step", "run", "slow", "halt", "reset")
ALONE = ("d_step", "g_step", "both_step")  # single steps, of a training of one's own
BEGINS = ("reset", "switch")  # a training anew
SWITCHES = ("deaf", "restless", "unpenalised", "hasty")


class Classroom:
    """The trainings of all visitors, by their sessions."""

    def __init__(self):
        self.healthy: list[dict] = []  # what was measured of the longest training in which nothing was broken
        self._pupils = {}  # session -> (pupil, when it was seen last); the longest unseen first
        self._lock = threading.Lock()

    def of(self, session: str):
        """That visitor's pupil, None where there is none, or none any more."""
        with self._lock:
            now = time.monotonic()
            for other, (_, seen) in list(self._pupils.items()):
                if now - seen > FREED_AFTER_SECONDS:
                    del self._pupils[other]
            pupil, _ = self._pupils.pop(session, (None, now))
            if pupil is not None:
                self._pupils[session] = pupil, now
            return pupil

    def begin(self, session: str, switches: frozenset[str]):
        """A new pupil for that visitor, in the place of an older one."""
        from demo.learn.chapters.steps import Pupil

        pupil = Pupil(switches)
        with self._lock:
            self._pupils.pop(session, None)
            while len(self._pupils) >= MAX_PUPILS:
                del self._pupils[next(iter(self._pupils))]
            self._pupils[session] = pupil, time.monotonic()
        return pupil

    def join(self, session: str):
        """The pupil that this visitor's run goes on with: where another visitor is at work on the same training and is
        further on, that one, so that a class trains it once and not thirty times.

        Trainings are the same while nothing, or the same, is broken in them and both players step together.
        """
        mine = self.of(session)
        with self._lock:
            now = time.monotonic()
            others = [
                p for other, (p, seen) in self._pupils.items() if other != session and now - seen < AT_WORK_SECONDS
            ]
            same = [p for p in others if p.switches == mine.switches and not p.single and p.step > mine.step]
            if same and not mine.single:
                mine = max(same, key=lambda pupil: pupil.step)
                self._pupils[session] = mine, now
        return mine

    def part(self, session: str):
        """The visitor's pupil for a step of one player alone: their own from here on, where others share it."""
        mine = self.of(session)
        with self._lock:
            shared = any(p is mine for other, (p, _) in self._pupils.items() if other != session)
        if not shared:
            return mine
        with mine.at_work:
            twin = mine.copy()
        with self._lock:
            self._pupils[session] = twin, time.monotonic()
        return twin

    def remember(self, pupil) -> None:
        """Keep its curve for comparison, where nothing is broken in it and it is longer than those before."""
        if not pupil.switches and len(pupil.measured) > len(self.healthy):
            self.healthy = list(pupil.measured)

    def leave(self, session: str) -> None:
        with self._lock:
            self._pupils.pop(session, None)

    def turn_seconds(self) -> float:
        """For how long one of those at work may compute now, so that all come to their turn soon."""
        with self._lock:
            now = time.monotonic()
            at_work = sum(now - seen < AT_WORK_SECONDS for _, seen in self._pupils.values())
        return TURN_SECONDS / max(1, at_work)


def wire(page: gr.Blocks, widgets: SimpleNamespace, classroom: Classroom) -> None:
    """Join the buttons of chapter 6, as `tab.controls` lays them out, to their handlers. Nothing here is public."""
    w = widgets

    def training(kind: str):
        """The handler of one button, or of one beat of the timer."""

        def on_train(pace, deaf, restless, unpenalised, hasty, request: gr.Request):
            from demo.learn.chapters import steps

            language, session = language_of(request.headers.get("accept-language")), request.session_hash
            pupil = classroom.of(session)
            if pupil is None and pace is not None and kind not in BEGINS:
                said = drawing.paragraph(say(language, "steps_freed"))
                return {w.pace: None, w.figures[6]: said, w.timer: gr.Timer(active=False)}
            if pupil is None or kind in BEGINS:
                on = dict(zip(SWITCHES, (deaf, restless, unpenalised, hasty), strict=True))
                pupil = classroom.begin(session, frozenset(name for name in SWITCHES if on[name]))
            if kind == "switch":  # what ran goes on running, with this one thing broken or mended
                pace = pace or ""
            elif kind != "tick":
                pace = kind if kind in ("run", "slow") else ""
            if kind == "tick" and pace == "run":
                pupil = classroom.join(session)
            elif kind in ALONE or (kind == "tick" and pace == "slow"):
                pupil = classroom.part(session)
            with pupil.at_work:
                if kind == "tick" and pace == "run":
                    pupil.run(classroom.turn_seconds())
                elif kind in ALONE or (kind == "tick" and pace == "slow"):
                    pupil.advance(discriminator=kind != "g_step", generator=kind != "d_step")
                classroom.remember(pupil)
                drawn = steps.show(pupil, language, healthy=classroom.healthy)
            if pupil.done:
                pace = ""
            wait = SLOW_EVERY_SECONDS if pace == "slow" else RUN_EVERY_SECONDS
            answered = {w.pace: pace, w.figures[6]: drawn}
            return answered if kind == "tick" and pace else answered | {w.timer: gr.Timer(wait, active=bool(pace))}

        return on_train

    quiet = {"preprocess": False, "api_visibility": "private", "show_progress": "hidden"}
    told = [w.pace, *(getattr(w, name) for name in SWITCHES)]
    shown = [w.pace, w.figures[6], w.timer]
    for name in BUTTONS:
        # each press counts, also one that comes before the answer to the last
        getattr(w, name).click(training(name), told, shown, trigger_mode="multiple", **PRESSES, **quiet)
    for name in SWITCHES:
        getattr(w, name).input(training("switch"), told, shown, trigger_mode="always_last", **PRESSES, **quiet)
    w.timer.tick(training("tick"), told, shown, **RUNS, **quiet)

    def on_leave(request: gr.Request) -> None:
        classroom.leave(request.session_hash)

    page.unload(on_leave)
