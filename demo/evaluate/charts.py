"""A measurement as HTML that fits every width: one sentence, bars with their intervals, confusion tables.

A share is {right, of, share, low, high}, as `t2v.evaluation.accuracy.share_of` gives it. `CSS` goes to the page once.
"""

import html
from pathlib import Path

from demo.locale.translate import N_, _, ngettext, translate
from demo.ui.theme import figures
from t2v.data.grammar import MOTIONS
from t2v.data.stories.grammar import RELATIONS
from t2v.evaluation.accuracy import ATTRIBUTES

PARTS = {  # part of a result -> (what the page calls it, its class)
    "seen": (N_("trained"), "seen"),
    "held_out": (N_("unseen"), "held-out"),
    "held_out_motion": (N_("new motion"), "new"),
    "own_words": (N_("own words"), "own"),
}
STORY_PARTS = {  # of a result of stories, the same
    "seen": PARTS["seen"],
    "held_out_combinations": (N_("new combination"), "held-out"),
    "held_out_pairs": (N_("new pair"), "new"),
    "held_out_counts": (N_("one more thing"), "own"),
}
NONE = "none"  # of a reading
SPOKEN_ATTRIBUTES = (N_("colour"), N_("shape"), N_("size"), N_("motion"), N_("speed"))  # ATTRIBUTES, for translators
SPOKEN_ASPECTS = (N_("thing"), N_("relation"), N_("count"), N_("ground"), N_("binding"))  # the others of stories
WHITE_FROM = {"right": 85, "wrong": 95}  # depth of a cell, in percent, from which white is read more easily than black
ENOUGH_CLIPS = 10  # of a motion, to call it the weakest
CSS = (Path(__file__).parent / "static" / "charts.css").read_text(encoding="utf-8")


def is_of_stories(result: dict) -> bool:
    """Whether the checkpoint that was measured draws stories."""
    return "relation" in result["seen"]["accuracy"]


def parts_of(result: dict) -> dict[str, tuple[str, str]]:
    """The parts that this measurement has, as in PARTS."""
    known = STORY_PARTS if is_of_stories(result) and "held_out_pairs" in result else PARTS
    return {part: named for part, named in known.items() if part in result}


def verdict(result: dict) -> str:
    """The measurement in one sentence: how many clips are fully right, and which motion or relation is the weakest."""
    trained, unseen = (result[part]["accuracy"]["all"] for part in ("seen", "held_out"))
    values = {"right": trained["right"], "unseen_right": unseen["right"], "unseen": unseen["of"]}
    if unseen["of"] and "first_world" not in result:
        sentence = ngettext(
            "{right:,} of {n:,} clip shows exactly what was asked, and {unseen_right:,} of {unseen:,} of prompts that "
            "training never showed",
            "{right:,} of {n:,} clips show exactly what was asked, and {unseen_right:,} of {unseen:,} of prompts that "
            "training never showed",
            trained["of"],
            **values,
        )
    else:
        sentence = ngettext(
            "{right:,} of {n:,} clip shows exactly what was asked",
            "{right:,} of {n:,} clips show exactly what was asked",
            trained["of"],
            **values,
        )
    if (weakest := weakest_motion(result)) is None:
        return f"{sentence}."
    return _("{verdict}; weakest: {motion}, {share:.0%}.", verdict=sentence, motion=weakest[0], share=weakest[1])


def own_words(result: dict) -> str:
    """How prompts in people's own words fared, in one sentence; "" where a measurement has none."""
    measured = result.get("own_words")
    if not measured or not measured["accuracy"]["all"]["of"]:
        return ""
    english, russian = (measured["understood"][language] for language in ("en", "ru"))
    right = measured["accuracy"]["all"]
    return _(
        "Asked in people's own words, {right:,} of {clips:,} clips show what was meant. {english:.1%} of "
        "{english_prompts:,} English prompts and {russian:.1%} of {russian_prompts:,} Russian ones are understood.",
        right=right["right"],
        clips=right["of"],
        english=english["share"],
        english_prompts=english["of"],
        russian=russian["share"],
        russian_prompts=russian["of"],
    )


def weakest_motion(result: dict) -> tuple[str, float] | None:
    """The motion, of stories the relation, that is shown least often when asked for, of trained prompts, and that
    share. None where all are shown always, or too few clips were counted to say."""
    tables, name = tables_of(result["seen"])
    shares = {motion: table[name] for motion, table in tables.items()}
    counted = {motion: share for motion, share in shares.items() if share["of"] >= ENOUGH_CLIPS}
    motion = min(counted, key=lambda motion: counted[motion]["share"], default=None)
    if motion is None or counted[motion]["share"] == 1:
        return None
    return motion, counted[motion]["share"]


def tables_of(part: dict) -> tuple[dict[str, dict], str]:
    """A part's tables for each motion, of stories for each relation; and of which of their shares it is told."""
    return (part["per_relation"], "all") if "per_relation" in part else (part.get("per_motion", {}), "motion")


def headline(result: dict) -> str:
    """The few figures to be read from afar."""
    shares = []
    for part, (title, _kind) in parts_of(result).items():
        shares.append((_("fully right: {part}", part=_(title)), f"{result[part]['accuracy']['all']['share']:.1%}"))
    shares.append((_("blank frames"), f"{result['seen']['blank_frames']:.2%}"))
    if "agreement" in result["seen"]:
        shares.append((_("readers agree"), f"{result['seen']['agreement']['all']['share']:.1%}"))
    return figures(shares)


def legend(result: dict) -> str:
    """What the two kinds of bars, the whiskers and the ticks stand for."""
    known = [('<i class="fill seen geometric"></i>', _("geometric reader"))]
    known += [('<i class="fill seen network"></i>', _("network reader"))] if "network" in result["seen"] else []
    known += [
        ('<i class="interval"></i>', _("95% interval")),
        ('<i class="ceiling"></i>', _("the reader on real clips")),
    ]
    keys = "".join(f"<span>{mark}{html.escape(what)}</span>" for mark, what in known)
    return f'<p class="bars-legend">{keys}</p>'


def attribute_bars(result: dict) -> str:
    """For every attribute a bar of each part and reader, with its 95% interval and a tick at the reader's ceiling."""
    groups = []
    aspects = [name for name in result["seen"]["accuracy"] if name != "all"] if is_of_stories(result) else ATTRIBUTES
    for name in ("all", *aspects):
        rows = []
        for part, (title, style) in parts_of(result).items():
            measured = result[part]
            if not measured["accuracy"][name]["of"]:
                continue
            readers = [("geometric", measured)] + ([("network", measured["network"])] if "network" in measured else [])
            for reader, counted in readers:
                label = _(title) if reader == "geometric" else ""
                ceiling = counted["ceiling"][name]["share"]
                named = _("{part}, {reader}", part=_(title), reader=_(reader))
                rows.append(_bar(label, counted["accuracy"][name], f"{style} {reader}", named, ceiling))
        if rows:
            title = html.escape(_("everything the prompt says") if name == "all" else _(name))
            groups.append(f"<div><h4>{title}</h4>{''.join(rows)}</div>")
    return f'<div class="bars">{"".join(groups)}</div>'


def motion_bars(result: dict) -> str:
    """For every motion, of stories every relation, the share of clips that show it, of trained prompts and of held-out
    ones (geometric reader)."""
    known, name = (RELATIONS, "all") if is_of_stories(result) else (MOTIONS, "motion")
    held_out = "held_out_pairs" if "held_out_pairs" in result else "held_out"
    tables = {part: tables_of(result[part])[0] for part in ("seen", held_out) if part in result}
    motions = [motion for motion in known if any(motion in table for table in tables.values())]
    groups = []
    for motion in motions:
        rows = []
        for part, table in tables.items():
            if motion in table:
                title, style = parts_of(result)[part]
                named = f"{motion}, {_(title)}"
                rows.append(_bar(_(title), table[motion][name], f"{style} geometric", named, None))
        groups.append(f"<div><h4>{html.escape(motion)}</h4>{''.join(rows)}</div>")
    return f'<div class="bars motions">{"".join(groups)}</div>'


def _bar(label: str, share: dict, style: str, title: str, ceiling: float | None) -> str:
    """One row: what, the bar with its interval, the percentage. Screen readers get it as a sentence."""
    tooltip = ngettext(
        "{title}: {share:.1%} of {n:,} clip, 95% from {low:.1%} to {high:.1%}",
        "{title}: {share:.1%} of {n:,} clips, 95% from {low:.1%} to {high:.1%}",
        share["of"],
        title=title,
        **{name: share[name] for name in ("share", "low", "high")},
    )
    tick = "" if ceiling is None else f'<i class="ceiling" style="left:{100 * ceiling:.1f}%"></i>'
    width, low, high = (100 * share[name] for name in ("share", "low", "high"))
    return (
        f'<div class="row" title="{html.escape(tooltip)}"><span class="what">{html.escape(label)}</span>'
        f'<span class="space" role="img" aria-label="{html.escape(tooltip)}">'
        f'<i class="fill {style}" style="width:{width:.1f}%"></i>{tick}'
        f'<i class="interval" style="left:{low:.1f}%;width:{high - low:.1f}%"></i></span>'
        f'<span class="number">{share["share"]:.1%}</span></div>'
    )


def beside_real(rows: list[tuple[str, ...]]) -> str:
    """What generated clips are like beside real ones, as a table of HTML."""
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(translate(cell))}</td>' for cell in row)}</tr>" for row in rows)
    heads = (_("beside real clips of the same prompts"), _("generated"), _("real"))
    head = f"<tr>{''.join(f'<th>{html.escape(one)}</th>' for one in heads)}</tr>"
    return f'<table class="beside"><thead>{head}</thead><tbody>{body}</tbody></table>' if rows else ""


def confusions(result: dict, part: str, reader: str) -> dict[str, dict]:
    """Attribute -> {asked: {read: clips}}; empty where a measurement has none, such as one of an older version."""
    measured = result.get(part) or {}
    measured = measured.get("network", {}) if reader == "network" else measured
    return measured.get("confusion", {}) if result.get("format", 1) >= 2 else {}


def heat_map(name: str, table: dict[str, dict[str, int]]) -> str:
    """A confusion table as HTML: a row for each word asked for, a column for each word read, percent of the row.

    Depth of colour is the share: blue where the reading is what was asked for, amber elsewhere.
    """
    from t2v.evaluation.learned.network import ANSWERS

    order = [word for word in ANSWERS[name] if word is not None]
    wanted = [word for word in order if word in table]
    read = [word for word in order if word in table or any(word in row for row in table.values())]
    read += [NONE] * any(NONE in row for row in table.values())
    heads = "".join(f'<th scope="col"><span>{html.escape(word)}</span></th>' for word in read)
    rows = []
    for word in wanted:
        total = sum(table[word].values())
        cells = "".join(_cell(table[word].get(other, 0) / total, right=word == other) for other in read)
        rows.append(f'<tr><th scope="row">{html.escape(word)}</th>{cells}</tr>')
    caption = html.escape(_("{attribute}: rows asked, columns read, percent of the row", attribute=_(name)))
    return (
        f'<div class="confusion" role="group" tabindex="0" aria-label="{caption}">'
        f"<table><caption>{caption}</caption><thead><tr><td></td>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(share: float, *, right: bool) -> str:
    depth = round(100 * share**0.6)  # rare mistakes are still seen
    number = f"{100 * share:.0f}" if share >= 0.005 else ""
    style = "right" if right else "wrong"
    ink = "strong" if depth >= WHITE_FROM[style] else "weak"
    return f'<td class="{style} {ink}" style="--depth: {depth}%">{number}</td>'


def heat_maps(result: dict, part: str, reader: str) -> str:
    """All confusion tables of one part of a measurement by one reader, the small ones first."""
    tables = confusions(result, part, reader)
    order = sorted(tables, key=lambda name: len(tables[name]))
    return f'<div class="confusions">{"".join(heat_map(name, tables[name]) for name in order)}</div>' if tables else ""
