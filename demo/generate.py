"""The Generate tab: a prompt becomes a moving picture. Also the page's two public endpoints.

Handlers check all that they are given, because the endpoints take anything that JSON can say.
"""

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np

from demo.folders import Folders, find_checkpoints, pick
from demo.theme import notice
from t2v.config import FPS, FRAMES, MAX_FPS, MAX_FRAMES, SEED, problem_if_outside, refuse

HEAVY = {"concurrency_id": "heavy", "concurrency_limit": 2}  # what draws or writes waits in this one queue
SHOWN_PX = 256  # at least; the browser enlarges whole pixels
HELD_OUT_REMARK = "Never seen in training: this combination was held out."
NO_CHECKPOINT = "There is no checkpoint yet; train one in the Train tab."


@dataclass(frozen=True)
class Clip:
    """A clip made for a visitor, with its GIF on disk; `frames` (T, H, W, 3) uint8 are kept for the other formats."""

    gif: Path
    frames: np.ndarray
    fps: int
    recipe: dict
    milliseconds: float  # of the network alone
    never_trained: bool

    @property
    def scale(self) -> int:
        return max(1, SHOWN_PX // self.frames.shape[2])


@lru_cache(maxsize=4)
def _load(release: Path, weights_changed_ns: int):
    """The sampler of a release folder; weights that were replaced are loaded anew."""
    from t2v.generate import load

    return load(release)


def find_sampler(folders: Folders, checkpoint: str | None):
    """The sampler of a known name, None = the best. ValueError where there is none, or when it cannot be used."""
    from t2v.checkpoint import WEIGHTS

    known = find_checkpoints(folders)
    if not known:
        raise ValueError(NO_CHECKPOINT)
    release = next(iter(known.values())) if checkpoint is None else pick(known, checkpoint, "checkpoint")
    try:
        return _load(release, (release / WEIGHTS).stat().st_mtime_ns)
    except FileNotFoundError:
        raise ValueError("This checkpoint is just being saved or removed; try again.") from None


def draw(
    folders: Folders,
    out_dir: Path,
    *,
    prompt: str,
    seed: int = SEED,
    frames: int = FRAMES,
    fps: int = FPS,
    checkpoint: str | None = None,
) -> Clip:
    """Make a clip and write its GIF. ValueError says what is wrong with the prompt or a setting."""
    from t2v.video import write_clip

    if not isinstance(prompt, str):
        raise ValueError(f"prompt must be text, got {type(prompt).__name__}")
    refuse(problem_if_outside("fps", fps, 1, MAX_FPS))
    sampler = find_sampler(folders, checkpoint)
    began = time.perf_counter()
    clip = sampler([prompt], seeds=[seed], frames=frames)[0]  # (T, H, W, 3)
    milliseconds = 1000 * (time.perf_counter() - began)
    recipe = sampler.recipe(prompt, seed=seed, frames=frames, fps=fps)
    words = re.sub(r"[^a-z0-9]+", "-", recipe["prompt"].lower()).strip("-")[:80]
    gif = out_dir / f"{words}_{seed}.gif"
    made = Clip(gif, clip, fps, recipe, milliseconds, sampler.never_trained(prompt))
    write_clip(gif, clip, fps=fps, scale=made.scale, recipe=recipe)
    return made


def write_downloads(clip: Clip) -> tuple[Path, Path]:
    """The same clip as MP4 and AVI, beside its GIF."""
    from t2v.video import write_clip

    mp4, avi = clip.gif.with_suffix(".mp4"), clip.gif.with_suffix(".avi")
    for path in (mp4, avi):
        write_clip(path, clip.frames, fps=clip.fps, scale=clip.scale, recipe=clip.recipe)
    return mp4, avi


def describe(clip: Clip) -> str:
    """One line below the picture."""
    count = len(clip.frames)
    frames = f"{count} frame{'s' if count > 1 else ''}"
    return f"{clip.recipe['prompt']}: {frames} in {clip.milliseconds:.0f} ms, by {clip.recipe['checkpoint']}."


def examples(folders: Folders, checkpoint: str | None) -> list[tuple[str, bool]]:
    """A few prompts that the checkpoint reads, each with whether it was held out of training; the last one was."""
    from t2v.stream import preview_prompts

    sampler = find_sampler(folders, checkpoint)
    if sampler.grammar is None:
        return []
    prompts = preview_prompts(sampler.grammar, None)
    seen = [prompt for prompt in prompts if not sampler.never_trained(prompt)]
    held_out = [prompt for prompt in prompts if sampler.never_trained(prompt)]
    return [(prompt, False) for prompt in seen[:: max(1, len(seen) // 5)][:5]] + [(p, True) for p in held_out[-1:]]


def vocabulary(folders: Folders, checkpoint: str | None = None) -> dict:
    """The grammar of a checkpoint as plain data: its slots and their words, an example, what training never showed."""
    from t2v.prompts import GRAMMARS, HELD_OUT_ONE_IN, combinations

    sampler = find_sampler(folders, checkpoint)
    said = {"checkpoint": sampler.release.name, "grammar": sampler.grammar}
    if sampler.grammar is None:
        return said | {"words": list(sampler.release.vocabulary.words)}
    grammar = GRAMMARS[sampler.grammar]
    if sampler.grammar == "classic":
        held_out = " and ".join(f"'{grammar.caption(a)}'" for a in combinations("classic", held_out=True))
        rule = f"{held_out} were never shown in training."
    else:
        rule = (
            f"One in {HELD_OUT_ONE_IN} combinations of shape, colour and motion, chosen by a fixed hash, and every "
            "'moving up then right' were never shown in training; each single word was."
        )
    return said | {
        "form": "[a|an|the] [size] [colour] shape motion [speed]",
        "slots": {slot: list(words) for slot, words in grammar.slots().items()},
        "example": grammar.example,
        "held_out": rule,
    }


def build() -> SimpleNamespace:
    """Lay the tab out: the prompt and the picture come first on every width."""
    prompt = gr.Textbox(
        label="Prompt",
        placeholder="what moves, and how",
        info="[size] [colour] shape motion [speed]",
        submit_btn="Generate",
        autofocus=True,
        elem_id="prompt",
    )
    message = gr.HTML(elem_id="message")
    with gr.Row():
        with gr.Column(scale=1, min_width=320):
            picture = gr.Image(
                label="Clip",
                type="filepath",
                interactive=False,
                buttons=["fullscreen"],
                alt_text="The generated clip, moving",
                elem_id="clip",
                elem_classes="picture",
            )
        with gr.Column(scale=1, min_width=320):
            prompts = gr.Dataset(label="Examples", components=["textbox"], samples=[], type="values")
            with gr.Row():
                gif = gr.DownloadButton("GIF", interactive=False, size="sm", min_width=80)
                mp4 = gr.DownloadButton("MP4", interactive=False, size="sm", min_width=80)
                avi = gr.DownloadButton("AVI", interactive=False, size="sm", min_width=80)
            with gr.Accordion("Settings", open=False):
                checkpoint = gr.Dropdown(label="Checkpoint", choices=[], filterable=False)
                seed = gr.Number(label="Seed", value=SEED, precision=0, info="another seed, another clip")
                frames = gr.Slider(label="Frames", minimum=1, maximum=MAX_FRAMES, step=1, value=FRAMES)
                fps = gr.Slider(label="Frames a second", minimum=1, maximum=MAX_FPS, step=1, value=FPS)
    return SimpleNamespace(**locals())


def wire(page: gr.Blocks, tab: gr.Tab, widgets: SimpleNamespace, folders: Folders) -> None:
    """Join the widgets of `build` to the handlers, and open the two public endpoints."""
    w = widgets

    def on_generate(prompt, seed, frames, fps, checkpoint, request: gr.Request):
        try:
            clip = draw(
                folders,
                folders.visit(request.session_hash),
                prompt=prompt,
                seed=seed,
                frames=frames,
                fps=fps,
                checkpoint=checkpoint,
            )
            said = notice(describe(clip)) + notice(HELD_OUT_REMARK if clip.never_trained else "", "held-out")
            later = gr.update(interactive=False)  # those of the clip before
            yield clip.gif, said, gr.update(value=clip.gif, interactive=True), later, later
            mp4, avi = write_downloads(clip)
        except (ValueError, OSError) as error:
            yield gr.skip(), notice(str(error), "problem"), gr.skip(), gr.skip(), gr.skip()
            return
        ready = [gr.update(value=path, interactive=True) for path in (mp4, avi)]
        yield gr.skip(), gr.skip(), gr.skip(), *ready

    def on_checkpoint(checkpoint):
        try:
            found = examples(folders, checkpoint)
        except ValueError as error:
            return gr.update(visible=False), gr.skip(), notice(str(error), "problem")
        labels = [f"{prompt} (never trained)" if held_out else prompt for prompt, held_out in found]
        shown = gr.update(samples=[[prompt] for prompt, _ in found], sample_labels=labels, visible=bool(found))
        return shown, found[0][0] if found else "", ""

    def on_load():
        names = list(find_checkpoints(folders))
        first = next(iter(names), None)
        return gr.update(choices=names, value=first), *on_checkpoint(first)

    def on_focus(checkpoint):
        names = list(find_checkpoints(folders))
        return gr.update(choices=names, value=checkpoint if checkpoint in names else next(iter(names), None))

    # Without Gradio's own checks, which would pop up; `draw` checks everything and its words are shown in the page.
    ours = {"preprocess": False, "api_visibility": "private"}
    generating = {
        "fn": on_generate,
        "inputs": [w.prompt, w.seed, w.frames, w.fps, w.checkpoint],
        "outputs": [w.picture, w.message, w.gif, w.mp4, w.avi],
        "show_progress": "minimal",
        "show_progress_on": w.picture,
        **HEAVY,
        **ours,
    }
    w.prompt.submit(**generating)
    w.prompts.click(
        lambda sample: sample[0], w.prompts, w.prompt, show_progress="hidden", api_visibility="private"
    ).then(**generating)
    w.checkpoint.input(
        on_checkpoint, w.checkpoint, [w.prompts, w.prompt, w.message], show_progress="hidden", **ours
    ).then(**generating)
    w.checkpoint.focus(on_focus, w.checkpoint, w.checkpoint, show_progress="hidden", **ours)
    page.load(on_load, None, [w.checkpoint, w.prompts, w.prompt, w.message], show_progress="hidden", **ours).then(
        **generating
    )

    def generate_endpoint(
        prompt: str,
        request: gr.Request,
        seed: int = SEED,
        frames: int = FRAMES,
        fps: int = FPS,
        checkpoint: str | None = None,
    ) -> gr.FileData:
        """Turn a prompt into a moving picture; returns the path of a GIF."""
        visit = folders.visit(request.session_hash)
        try:
            clip = draw(folders, visit, prompt=prompt, seed=seed, frames=frames, fps=fps, checkpoint=checkpoint)
        except (ValueError, OSError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        return gr.FileData(path=str(clip.gif), orig_name=clip.gif.name, mime_type="image/gif")

    def vocabulary_endpoint(checkpoint: str | None = None) -> dict:
        """The grammar that a checkpoint reads: slots and words, an example, and what training never showed."""
        try:
            return vocabulary(folders, checkpoint)
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None

    gr.api(generate_endpoint, api_name="generate", **HEAVY)
    gr.api(vocabulary_endpoint, api_name="vocabulary", **HEAVY)
