"""A clip as a screen and a strip of frames that play and are scrubbed without a script."""

import base64
import io
import re

import numpy as np
from PIL import Image

from demo.ui.film import film


def clip(frames=4):
    return np.stack([np.full((6, 6, 3), 40 * k, np.uint8) for k in range(frames)])


def test_each_frame_of_a_film_is_an_element():
    drawn = film(clip(), alt="a <b>")
    assert drawn.count("<i ") == 4 and 'aria-label="a &lt;b&gt;"' in drawn and "--d: 0.400s" in drawn
    sheet = base64.b64decode(re.search(r"base64,([^)]*)\)", drawn)[1])
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(sheet)))[:, 6:12], clip()[1])


def test_what_is_no_clip_does_not_play():
    assert 'class="film still"' in film(clip(1), alt="") and 'class="film still"' in film(clip(), alt="", playing=False)
    assert 'class="film playing"' in film(clip(), alt="") and "screen" not in film(clip(), alt="", screen_px=None)
