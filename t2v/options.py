"""What each command of `python -m t2v` takes: its options, their defaults and their help."""

import argparse
from typing import NoReturn

from t2v import config as configs
from t2v.config import FITS, FPS, FRAMES, SEED
from t2v.presets import PRESETS
from t2v.settings import OPTIONS, field_comments, settings_of


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def add_device(parser: Parser) -> None:
    devices = ("auto", "cpu", "cuda", "mps")
    parser.add_argument("--device", default="auto", choices=devices, help="auto: a GPU if there is one that works")


def add_number(parser: Parser, name: str, default: int, help: str, *, metavar: str = "N") -> None:
    parser.add_argument(name, type=int, default=default, metavar=metavar, help=f"{help} (default %(default)s)")


def add_things(parser: Parser, help: str) -> None:
    parser.add_argument("--thing", action="append", default=[], metavar="NAME=PICTURE", help=help)


def dataset_options(sub: Parser) -> None:
    sub.add_argument("--preset", choices=configs.GRAMMAR_NAMES, required=True, help="which prompts and scenes")
    sub.add_argument("--videos", type=int, required=True, metavar="N", help="how many clips")
    add_number(sub, "--frames", FRAMES, "frames of a clip")
    add_number(sub, "--size", configs.ModelConfig.frame_size_px, "side of a frame", metavar="PX")
    add_number(sub, "--seed", SEED, "other seeds, other clips")
    sub.add_argument(
        "--layout", choices=configs.LAYOUTS, default=configs.LAYOUTS[0], help="PNG files, or one videos.npy"
    )
    add_things(sub, "a picture of your own that moves as shapes do, and its name; as often as wanted")
    sub.add_argument("--out", required=True, metavar="DIR", help="a new folder, or an unfinished one to go on with")


def check_options(sub: Parser) -> None:
    sub.add_argument("data", metavar="DIR", help="a folder or a .zip of clips with captions")
    sub.add_argument("--fit", default="pad", choices=FITS, help="how clips become square (default %(default)s)")
    sub.add_argument("--json", metavar="FILE", help="write all of it there")


def train_options(sub: Parser) -> None:
    recipe = sub.add_mutually_exclusive_group(required=True)
    recipe.add_argument("--preset", choices=tuple(PRESETS), help="the recipe")
    recipe.add_argument("--config", metavar="FILE", help="a recipe as JSON, such as the config.json of a run")
    begin = "teach this checkpoint (a shipped name, a run or release folder) something new, go on with "
    begin += "what it knows, or with --set grammar=classic in a smaller world"
    recipe.add_argument("--from", dest="start", metavar="CHECKPOINT", help=begin)
    add_things(sub, "with --from: a picture of something new, and its name; as often as wanted")
    sub.add_argument("--out", required=True, metavar="RUN_DIR", help="the run's folder")
    sub.add_argument("--data", metavar="DIR", help="a dataset's folder, or clips of your own, also as .zip")
    sub.add_argument("--fit", choices=FITS, help="how your own clips become square (default pad)")
    sub.add_argument(
        "--hold-out", action="store_true", default=None, help="leave out of your own clips what the grammar holds out"
    )
    comments = field_comments(configs.TrainConfig)
    for name, metavar in OPTIONS.items():
        value_type = type(getattr(PRESETS["lesson"], name))
        sub.add_argument(f"--{name.replace('_', '-')}", type=value_type, metavar=metavar, help=comments[name])
    sub.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any other setting below, as often as wanted"
    )
    sub.formatter_class = argparse.RawDescriptionHelpFormatter
    sub.epilog = "settings, as `lesson` has them:\n" + "\n".join(
        f"  {setting.name}={setting.value}  {setting.help}".rstrip() for setting in settings_of(PRESETS["lesson"])
    )
    sub.add_argument("--max-minutes", type=float, metavar="M", help="stop after so many minutes, everything saved")
    add_device(sub)
    sub.add_argument("--resume", action="store_true", help="go on with the run in RUN_DIR")
    adapting = "on processors: as few threads as other programs leave room for; changes last bits"
    sub.add_argument("--adapt-threads", action="store_true", help=adapting)


def generate_options(sub: Parser) -> None:
    example = 'what moves and how, in your own words, English or Russian: "big red ball going up"'
    sub.add_argument("prompt", metavar="PROMPT", help=example)
    sub.add_argument("--checkpoint", metavar="DIR", help="release or run folder, or a shipped name (default: the best)")
    add_number(sub, "--seed", SEED, "another seed, another clip")
    sub.add_argument("--count", type=int, default=1, metavar="N", help="several clips, with seeds from --seed on")
    add_number(sub, "--frames", FRAMES, "frames")
    add_number(sub, "--fps", FPS, "frames a second")
    add_device(sub)
    add_number(sub, "--scale", 4, "enlarge by a whole number")
    sub.add_argument(
        "--out", required=True, metavar="FILE", help=".gif .avi .mp4 .webp .png, or a folder for PNG frames"
    )


def evaluate_options(sub: Parser) -> None:
    sub.add_argument("--checkpoint", metavar="DIR", help="release or run folder, or a shipped name (default: the best)")
    add_number(sub, "--clips", 1000, "how many of trained prompts, and as many of held-out ones")
    add_number(sub, "--seed", SEED, "of prompts and noise")
    add_device(sub)
    sub.add_argument("--reader", metavar="DIR", help="another network reader, made by train-reader")
    sub.add_argument("--json", metavar="FILE", help="write all figures there")
    sub.add_argument("--publish", action="store_true", help="put the figures into the checkpoint's own folder and card")


def train_reader_options(sub: Parser) -> None:
    sub.add_argument("--out", required=True, metavar="DIR", help="a new folder, or an unfinished one to go on with")
    sub.add_argument("--steps", type=int, metavar="N", help="of each of its two networks (default: as the shipped one)")


def benchmark_options(sub: Parser) -> None:
    sub.add_argument("--quick", action="store_true", help="less of everything: within a minute, and rougher")
    sub.add_argument("--json", metavar="FILE", help="write all figures there")
