"""`python -m t2v COMMAND ...`: one subcommand for each capability, no logic.

Exit 0 on success, 2 with one line on standard error for bad input. Heavy modules are imported when their command runs,
so that `--help` and a mistyped option answer at once.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from t2v import config as configs
from t2v.config import FITS, FPS, FRAMES, SEED, raise_if, range_problem
from t2v.presets import PRESETS, preset
from t2v.settings import OPTIONS, field_comments, settings_of, with_settings
from t2v.system.memory import OUT_OF_MEMORY, is_out_of_memory

if TYPE_CHECKING:
    from t2v.training.teach import Start


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def dataset(args: argparse.Namespace) -> None:
    from t2v.data.writer import write_dataset
    from t2v.language.names import read_things
    from t2v.system.memory import keep_freed_memory

    things = read_things(args.thing, args.preset)
    keep_freed_memory()
    same = {name: getattr(args, name) for name in ("videos", "frames", "seed", "layout")}
    write_dataset(args.out, grammar=args.preset, frame_size_px=args.size, things=things, **same)
    print(f"{args.videos} clips are in {args.out}")


@contextmanager
def clip_bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error; yields what it is to be told: how many clips are done, of how many."""
    from tqdm import tqdm

    with tqdm(unit="clip", disable=None) as bar:

        def progress(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        yield progress


def check(args: argparse.Namespace) -> None:
    from t2v.data.check import check

    with clip_bar() as progress:
        findings = check(args.data, fit=args.fit, progress=progress)
    print(findings.report())
    save_json(args.json, findings.to_json())


def start_of(args: argparse.Namespace) -> "Start | None":
    """The trained model that a command line's training begins with, and the pictures of what is new; None for none."""
    from t2v.language.names import read_things
    from t2v.training.teach import load_start

    if args.start is None and args.thing:
        raise ValueError("--thing teaches a trained model; name it with --from, such as --from shapes.")
    if args.start is None:
        return None
    start = load_start(args.start)
    return replace(start, things=read_things(args.thing, str(start.release.grammar)))


def recipe_of(args: argparse.Namespace, start: "Start | None" = None) -> configs.TrainConfig:
    """The recipe that a command line asks for. ValueError says what is wrong with it."""
    from t2v.data.collect import fit_of
    from t2v.system.files import read_json

    if start is not None:
        from t2v.training.teach import recipe

        config = recipe(start, data=args.data)
    elif args.config is None:
        config = preset(args.preset)
    else:
        config = configs.from_json(configs.TrainConfig, read_json(Path(args.config)))
    if args.config is None and args.data is not None and (fit := fit_of(Path(args.data))) is not None:
        config = replace(config, fit=fit)
    config = with_settings(config, args.set)
    chosen = {name: getattr(args, name) for name in (*OPTIONS, "fit", "hold_out")}
    return replace(config, **{name: value for name, value in chosen.items() if value is not None})


def train(args: argparse.Namespace) -> None:
    from t2v.system import distributed
    from t2v.training.loop import train

    start = start_of(args)
    config = recipe_of(args, start)
    options = {name: getattr(args, name) for name in ("data", "device", "max_minutes", "resume", "adapt_threads")}
    chosen = [assignment.partition("=")[0].strip().replace("-", "_") for assignment in args.set or ()]
    chosen += [name for name in OPTIONS if getattr(args, name) is not None]
    state = train(config, args.out, start=start, chosen=chosen, **options)
    if distributed.rank() == 0:
        print(f"Training {state}; try it: python -m t2v generate PROMPT --checkpoint {args.out} --out clip.gif")


def generate(args: argparse.Namespace) -> None:
    from t2v.media.clips import check_output, numbered, write_clip
    from t2v.sampler import load

    last_seed = args.seed + args.count - 1
    problems = range_problem("count", args.count, 1, configs.MAX_COUNT)
    raise_if(problems + range_problem("seed", last_seed if args.seed >= 0 else args.seed, 0, configs.MAX_SEED))
    outputs = numbered(args.out, args.count)
    for output in outputs:
        check_output(output, fps=args.fps, scale=args.scale)
    sampler = load(args.checkpoint, device=args.device)
    for seed, output in enumerate(outputs, start=args.seed):
        clip = sampler([args.prompt], seeds=[seed], frames=args.frames)[0]  # (T, H, W, 3)
        recipe = sampler.recipe(args.prompt, seed=seed, frames=args.frames, fps=args.fps)
        write_clip(output, clip, fps=args.fps, scale=args.scale, recipe=recipe)
        print(output)
    read = sampler.interpret(args.prompt)
    if read and read.line() != args.prompt:
        print(f"Read as: {read.line()}", file=sys.stderr)
    if sampler.never_trained(args.prompt):
        print("This combination was held out: the model never saw it in training.", file=sys.stderr)


def evaluate(args: argparse.Namespace) -> None:
    from t2v.checkpoint.find import find_release
    from t2v.evaluation.evaluate import evaluate, random_clips
    from t2v.evaluation.learned.network import SHIPPED_READER, load_reader
    from t2v.evaluation.publish import publish
    from t2v.evaluation.report import summary
    from t2v.sampler import load

    folder = find_release(args.checkpoint)
    sampler = load(folder, device=args.device)
    network = load_reader(SHIPPED_READER if args.reader is None else Path(args.reader))
    with clip_bar() as progress:
        result = evaluate(sampler, clips=args.clips, seed=args.seed, network=network, progress=progress)
    print(summary(result))
    save_json(args.json, result)
    if args.publish:
        publish(folder, result, *random_clips(sampler, seed=args.seed))


def train_reader(args: argparse.Namespace) -> None:
    from t2v.evaluation.learned.network import SHIPPED_READER
    from t2v.evaluation.learned.train import ReaderConfig, train_reader

    config = ReaderConfig()
    if args.steps is not None:
        needed = min(config.rendered_clips, config.real_clips * max(1, args.steps))  # no more are looked at
        config = replace(config, frame_steps=args.steps, clip_steps=args.steps, rendered_clips=needed)
    train_reader(args.out, config)
    print(f"The reader is in {args.out}; the shipped one is in {SHIPPED_READER}")


def benchmark(args: argparse.Namespace) -> None:
    from t2v.benchmark import FULL, QUICK, benchmark, summary

    result = benchmark(
        extent=QUICK if args.quick else FULL, progress=lambda message: print(message, "...", file=sys.stderr)
    )
    print(summary(result))
    save_json(args.json, result)


def save_json(path: str | None, result: dict) -> None:
    """Write the result where `--json` asks for it."""
    from t2v.system.files import write_json

    if path is not None:
        write_json(path, result)


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
    begin = "teach this checkpoint (a shipped name, a run or release folder) something new, or go on with what it knows"
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


COMMANDS = (  # what runs, what it does, what it takes
    (dataset, "write a synthetic dataset to a folder", dataset_options),
    (check, "say what a folder of your own clips holds, what is mended and left out, and why", check_options),
    (train, "train a model from nothing, or teach a trained one something new", train_options),
    (generate, "turn a prompt into a clip", generate_options),
    (evaluate, "measure whether clips show what their prompts say", evaluate_options),
    (train_reader, "train the second reader of evaluate, or go on with it", train_reader_options),
    (benchmark, "measure how fast this machine makes data, trains and generates", benchmark_options),
)


def make_parser() -> Parser:
    parser = Parser(prog="python -m t2v", description="Text to video with a small GAN.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    for run, help, add_options in COMMANDS:
        sub = commands.add_parser(run.__name__.replace("_", "-"), help=help, description=help, allow_abbrev=False)
        sub.set_defaults(run=run)
        add_options(sub)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # letters that this terminal's code page lacks
    args = make_parser().parse_args(arguments)
    try:
        if getattr(args, "json", None) is not None:  # before any work is done
            from t2v.system.files import check_place

            check_place(args.json)
        args.run(args)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        print(f"python -m t2v {args.command}: {OUT_OF_MEMORY}", file=sys.stderr)
        return 2
    except (ValueError, OSError, FloatingPointError) as error:
        print(f"python -m t2v {args.command}: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"python -m t2v {args.command}: stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
