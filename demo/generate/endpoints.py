"""The page's two public endpoints: `/generate` and `/vocabulary`. Nothing that writes or trains is public."""

import tempfile
from pathlib import Path

import gradio as gr
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from demo.studio import clip_files, clips
from demo.studio.workspace import Folders
from demo.ui.errors import in_words
from demo.ui.events import HEAVY
from t2v.config import FPS, FRAMES, SEED
from t2v.data.grammar import GRAMMARS, Grammar


def vocabulary(folders: Folders, checkpoint: str | None = None) -> dict:
    """The grammar of a checkpoint as plain data: its slots and their words, an example, what training never showed (or
    "", where that is not known)."""
    from t2v.checkpoint.release import first_world  # not at the top: they import torch, and the page is up before
    from t2v.data.stories.grammar import PLURALS
    from t2v.data.worlds import WORLDS

    sampler = clips.find_sampler(folders, checkpoint)
    answer: dict[str, object] = {"checkpoint": sampler.release.name, "grammar": sampler.grammar}
    if sampler.grammar is None:
        return answer | {"words": list(sampler.release.vocabulary.words)}
    world, first = WORLDS[sampler.grammar], first_world(sampler.grammar, sampler.release.training)
    answer["held_out"] = "" if first else world.held_out_rule()
    if not isinstance(world.grammar, Grammar):  # of stories, whose prompts have no slots
        words = dict.fromkeys((*world.grammar.words, *PLURALS.values()))
        return answer | {"words": list(words), "example": world.grammar.example}
    grammar = GRAMMARS[sampler.grammar]
    return answer | {
        "form": "[a|an|the] [size] [colour] shape motion [speed]",
        "slots": {slot: list(words) for slot, words in grammar.slots().items()},
        "example": grammar.example,
    }


def open_endpoints(folders: Folders) -> None:
    """Add both to the page that is being built."""

    def generate_endpoint(
        prompt: str,
        seed: int = SEED,
        frames: int = FRAMES,
        fps: int = FPS,
        checkpoint: str | None = None,
    ) -> gr.FileData:
        """Turn a prompt into a moving picture; returns the path of a GIF."""
        try:
            clip = next(clips.draw(folders, prompt=prompt, seed=seed, frames=frames, fps=fps, checkpoint=checkpoint))
            folders.visits.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folders.visits) as folder:  # a caller has no visit that would end
                gif = clip_files.save(clip, Path(folder), ".gif")
                served = save_file_to_cache(gif, cache_dir=get_upload_folder())
        except Exception as error:
            raise gr.Error(in_words(error), print_exception=False) from None
        return gr.FileData(path=served, orig_name=gif.name, mime_type="image/gif")

    def vocabulary_endpoint(checkpoint: str | None = None) -> dict:
        """The grammar that a checkpoint reads: slots and words, an example, and what training never showed."""
        try:
            return vocabulary(folders, checkpoint)
        except Exception as error:
            raise gr.Error(in_words(error), print_exception=False) from None

    gr.api(generate_endpoint, api_name="generate", **HEAVY)
    gr.api(vocabulary_endpoint, api_name="vocabulary", **HEAVY)
