"""What Pillow and OpenCV read from our PNG files is what was written, whatever the compression."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from t2v.data.png import BLOCK_PIXELS, encode_pngs


@pytest.mark.parametrize("height_px, width_px", [(5, 9), (64, 64), (130, 140)])  # the last by the other level
def test_others_read_what_was_written(height_px, width_px):
    noise = np.random.default_rng(0).integers(0, 256, (2, height_px, width_px, 3), np.uint8)
    flat = np.full_like(noise, 255)
    flat[:, 1:4, 2:7] = (220, 40, 40)
    for frames in (noise, flat):
        files = list(encode_pngs(frames))
        for frame, file in zip(frames, files, strict=True):
            picture = Image.open(BytesIO(file))
            assert (picture.format, picture.mode) == ("PNG", "RGB")
            np.testing.assert_array_equal(np.array(picture), frame)
            np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR_RGB), frame)


def test_a_flat_frame_fits_into_a_block_of_a_disk():
    side_px = int(BLOCK_PIXELS**0.5)
    frame = np.full((1, side_px, side_px, 3), 255, np.uint8)
    frame[:, 20:60, 20:60] = (45, 90, 220)
    assert len(next(encode_pngs(frame))) < 4096
