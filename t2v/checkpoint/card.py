"""The model card: the README of a release folder, with the front matter that the Hugging Face Hub reads."""

from collections.abc import Sequence

from t2v import config as configs
from t2v.config import TrainConfig

LIMITS = {name: "one synthetic shape on white; it knows no words beyond its grammar" for name in ("classic", "shapes")}
LIMITS["stories"] = "up to three drawn things on a still ground; it knows no words beyond its grammar"


def model_card(name: str, grammar: str | None, training: dict, figures: Sequence[str] = ()) -> str:
    """The README of a release folder: how it was trained, and `figures`, lines of Markdown on what was measured."""
    config: TrainConfig = configs.from_json(TrainConfig, training["config"])
    vocabulary = f"the `{grammar}` grammar" if grammar else "its own captions"
    lines = [
        "---",
        "license: mit",
        "pipeline_tag: text-to-video",
        "tags: [text-to-video, gan, pytorch]",
        "---",
        f"# {name}",
        "",
        f"Draws clips of {config.model.frame_size_px} px from prompts in {vocabulary}.",
        "",
        "![samples](samples.gif)",
        "",
        f"- Recipe: preset `{config.preset}`, model `{config.model.kind}`, seed {config.seed}.",
        f"- Data: {training['data']}.",
        f"- Training: {training['steps']:,} steps, {training['clips_seen']:,} "
        f"{'frames' if config.model.kind == 'baseline' else 'clips'}, {training['seconds'] / 60:.0f} minutes on "
        f"{training['device']}.",
        "- Weights: averaged generator, float16, `generator.safetensors`.",
        f"- Limits: {LIMITS.get(grammar or '', 'it knows no words beyond those of its captions')}.",
    ]
    if begun_from := training.get("begun_from"):
        lines.append(f"- Begun from: `{begun_from['name']}`, of the `{begun_from['grammar']}` grammar.")
    if copying := training.get("copying"):
        lines.append(
            f"- Copying: {copying['copies']:.0%} of its clips copy one of the {copying['clips']} training clips "
            f"(nearest at {copying['distance']:.2f}; training clips from one another {copying['usual']:.2f})."
        )
    if note := training.get("note"):
        lines.append(f"- Note: {note}")
    if figures:
        lines += ["- Picture: prompts drawn at random, not chosen.", "", *figures]
    return "\n".join(lines) + "\n"
