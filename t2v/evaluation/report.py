"""What an evaluation found, in words and tables for people: on the terminal, on the model card, on the page."""

from t2v.evaluation.accuracy import share_of
from t2v.system.messages import Message

PARTS = {  # part of a result -> what tables call it
    "seen": Message("trained prompts"),
    "held_out": Message("unseen prompts"),
    "held_out_combinations": Message("new combination"),
    "held_out_motion": Message("new motion"),
    "held_out_pairs": Message("new pair"),
    "held_out_counts": Message("one more thing"),
    "own_words": Message("own words"),
}
WEAKEST = 3  # motions that are named
LANGUAGES = {"en": "English", "ru": "Russian"}


def say_known_before(world: str | None) -> str:
    """What is to be said of unseen prompts where training began in another world; "" elsewhere."""
    if not world:
        return ""
    return Message("Training began in the world {world!r}, which may show what is unseen here.", world=world)


def summary(result: dict) -> str:
    """The result as a table for people: both readers' shares in percent, each with its ceiling and the control."""
    readers = [("geometric", lambda part: part), ("network", lambda part: part.get("network"))]
    readers = [(name, of) for name, of in readers if of(result["seen"])]
    lines = [
        f"{'':15}  {'':8}  {'clips':>5}" + "".join(f" | {name + ' reader':<40}" for name, _ in readers),
        f"{'':15}  {'':8}  {'':>5}"
        + f" | {'right':>6}  {'95% interval':>13}  {'ceiling':>7}  {'shuffled':>8}" * len(readers)
        + " | agree" * (len(readers) > 1),
    ]
    for part, title in PARTS.items():
        if part not in result:
            continue
        part_result = result[part]
        for name, share in part_result["accuracy"].items():
            if not share["of"]:
                continue
            line = f"{title:15}  {name:8}  {share['of']:>5}"
            for _, of in readers:
                line += " | " + _cells(of(part_result), name)
            if "agreement" in part_result:
                line += f" | {part_result['agreement'][name]['share']:>5.1%}"
            lines.append(line)
            title = Message("")
        lines.append(f"{'':15}  blank frames {part_result['blank_frames']:.2%}")
    lines += ["", understood] if (understood := understood_line(result)) else []
    lines += ["", before] if (before := say_known_before(result.get("first_world"))) else []
    return "\n".join(lines + _fidelity_lines(result))


def card_lines(result: dict) -> list[str]:
    """The result as lines of Markdown for the model card; one of before there were two readers has fewer columns."""
    both = "network" in result["seen"]
    columns = ["prompts", "attribute", "clips", "right", "95% interval", "ceiling"]
    columns += ["right (network)", "95% interval", "ceiling", "readers agree"] if both else []
    lines = [
        f"Measured with `python -m t2v evaluate --clips {result['clips']} --seed {result['seed']}`. Ceiling: real",
        "clips through the same reader. Everything is in `metrics.json`.",
        "",
        f"| {' | '.join(columns)} |",
        "|" + "---|" * len(columns),
    ]
    for part, title in PARTS.items():
        part_result = result.get(part)
        if part_result is None:
            continue
        for name, share in part_result["accuracy"].items():
            if not share["of"]:
                continue
            row = [title, name, share["of"]]
            for counted in (part_result, part_result["network"]) if both else (part_result,):
                one, ceiling = counted["accuracy"][name], counted["ceiling"][name]["share"]
                row += [f"{one['share']:.1%}", f"{one['low']:.1%} to {one['high']:.1%}", f"{ceiling:.1%}"]
            row += [f"{part_result['agreement'][name]['share']:.1%}"] if both else []
            lines.append(f"| {' | '.join(map(str, row))} |")
        empty = " |" * (len(columns) - 4)
        lines.append(f"| {title} | blank frames | | {part_result['blank_frames']:.2%} |{empty}")
    lines += ["", before] if (before := say_known_before(result.get("first_world"))) else []
    lines += ["", understood] if (understood := understood_line(result)) else []
    trained = result["seen"]
    for reader, part_result in (("geometric", trained), ("network", trained.get("network", {}))):
        if worst := weakest_motions(part_result):
            lines += ["", f"Weakest motions of trained prompts ({reader} reader): {', '.join(worst)}."]
    if rows := fidelity_rows(result):
        lines += ["", "| beside real clips of the same prompts | generated | real |", "|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    return lines


def _cells(counted: dict, name: str) -> str:
    share = counted["accuracy"][name]
    others = [(counted[key] or {}).get(name, share_of(0, 0))["share"] for key in ("ceiling", "shuffled")]
    ceiling, shuffled = ("-" if x is None else f"{x:.1%}" for x in others)
    interval = f"{share['low']:.1%}-{share['high']:.1%}"
    return f"{share['share']:>6.1%}  {interval:>13}  {ceiling:>7}  {shuffled:>8}"


def understood_line(result: dict) -> str:
    """How much of what people say in their own words is understood, in a sentence; "" where nobody counted."""
    shares = result.get("own_words", {}).get("understood", {})
    parts = [f"{one['share']:.1%} of {one['of']} {LANGUAGES[code]}" for code, one in shares.items() if one["of"]]
    return f"Prompts in one's own words that are understood rightly: {', '.join(parts)}." if parts else ""


def weakest_motions(part_result: dict) -> list[str]:
    """The motions that a reader most often takes for another, in words; only those that it ever does."""
    shares = {motion: share["motion"] for motion, share in part_result.get("per_motion", {}).items()}
    worst = sorted((share["share"], motion) for motion, share in shares.items() if share["right"] < share["of"])
    return [f"`{motion}` {shares[motion]['right']} of {shares[motion]['of']} right" for _, motion in worst[:WEAKEST]]


def fidelity_rows(result: dict) -> list[tuple[str, ...]]:
    """(what, of generated clips, of real clips) in words, of what the result says beside its shares."""

    def number(value: float | None, digits: str) -> str:
        return "-" if value is None else format(value, digits)

    rows: list[tuple[str, ...]] = []
    for part, title in PARTS.items():
        part_result = result.get(part, {})
        if "steadiness" in part_result:
            steady, distance = part_result["steadiness"], part_result["frechet_reader_distance"]
            for name, what, digits in (
                ("colour_distance", Message("{part}: colour change in a clip (ACD, RGB levels)", part=title), ".1f"),
                ("roughness", Message("{part}: roughness of the track (second differences)", part=title), ".4f"),
            ):
                rows.append((what, *(number(steady[name][k], digits) for k in ("generated", "real"))))
            both = (number(distance[k], ".2f") for k in ("generated", "real"))
            rows.append((Message("{part}: Frechet distance on the reader's features (no FVD)", part=title), *both))
    if part_result := result.get("diversity"):
        for name, what, digits in (
            ("start", Message("spread of the start over noise, one prompt"), ".3f"),
            ("radius", Message("spread of the radius over noise, one prompt"), ".3f"),
            ("path", Message("spread of the path length over noise, one prompt"), ".3f"),
            ("colour", Message("spread of the colour (RGB levels) over noise, one prompt"), ".1f"),
        ):
            both = (number(part_result.get(name, {}).get(k), digits) for k in ("generated", "real"))  # older: no colour
            rows.append((what, *both))
        collapsed = number(part_result["collapsed_prompts"], ".0%")
        rows.append((Message("prompts whose clips nearly all start at one place"), collapsed, "0%"))
    return rows


def _fidelity_lines(result: dict) -> list[str]:
    rows = fidelity_rows(result)
    if not rows:
        return []
    lines = ["", f"{'':70}  {'generated':>9}  {'real':>7}"]
    return lines + [f"{what:70}  {generated:>9}  {real:>7}" for what, generated, real in rows]
