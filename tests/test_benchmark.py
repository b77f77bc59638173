"""The benchmark measures real work; its figures hang together."""

import json

from t2v.benchmark import benchmark, summary


def test_every_preset_gets_its_figures(tiny_config):
    heard = []
    result = benchmark({"tiny": tiny_config}, device="cpu", repeats=1, progress=heard.append)
    rows = {row["work"]: row for row in json.loads(json.dumps(result))["rows"]}
    assert set(rows) == {"render scenes, 64 px, 10 frames", "train tiny", "prompt to GIF, tiny"}
    train = rows["train tiny"]
    steps_per_minute = 60 * train["clips_per_second"] / tiny_config.batch_size
    assert abs(train["whole_training_minutes"] * steps_per_minute - tiny_config.steps) < 1e-6 * tiny_config.steps
    assert rows["prompt to GIF, tiny"]["milliseconds"] > 0 and len(heard) == 2
    assert "train tiny" in summary(result) and "clips/s" in summary(result)
