"""Puts the figures of an evaluation into a release folder, where its card and the page show them."""

from pathlib import Path

import numpy as np

from t2v.checkpoint.card import model_card
from t2v.checkpoint.release import config_digest, load_release
from t2v.evaluation.report import card_lines
from t2v.media.grids import contact_sheet, write_grid, write_picture
from t2v.system.files import read_json, write_json, write_text

SAMPLES_COLUMNS, SAMPLES_PX = 6, 128  # of the card's picture, and of a clip in it


def publish(folder: Path, metrics: dict, clips: np.ndarray, prompts: list[str]) -> None:
    """Put what `evaluate` found into a release folder: `metrics.json`, the card, and pictures.

    clips (N, T, H, W, 3) uint8 of these prompts stand side by side in `samples.gif`, frame by frame in `sheet.png`.
    """
    release = load_release(folder)
    card = model_card(release.name, release.grammar, release.training, card_lines(metrics))
    config = read_json(folder / "config.json")
    write_json(folder / "config.json", config | {"config_sha256": config_digest(config)})
    write_json(folder / "metrics.json", metrics)
    write_picture(folder / "sheet.png", contact_sheet(clips, prompts))
    write_grid(
        folder / "samples.gif", clips, labels=prompts, columns=SAMPLES_COLUMNS, scale=SAMPLES_PX // clips.shape[2]
    )
    write_text(folder / "README.md", card)
