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
from typing import TYPE_CHECKING

from t2v import config as configs
from t2v.config import raise_if, range_problem
from t2v.options import (
    Parser,
    benchmark_options,
    check_options,
    dataset_options,
    evaluate_options,
    generate_options,
    train_options,
    train_reader_options,
)
from t2v.presets import preset
from t2v.settings import OPTIONS, with_settings
from t2v.system.memory import OUT_OF_MEMORY, is_out_of_memory

if TYPE_CHECKING:
    from t2v.training.teach import Start


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
