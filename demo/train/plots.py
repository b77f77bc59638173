"""The Train tab's plots as tables in long form: a row for each point, with the line that it belongs to.

Readings are averages over a few steps and jump; the strong lines are their running average.
"""

import math

import pandas as pd

from demo.locale.translate import N_, _
from demo.train.runs import Run

ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)  # times a power of ten: where an axis may end
LEAST_STEPS = 20.0  # of an axis: with fewer its labels, whole numbers, would repeat
PLOTTED_POINTS = 300  # of a line; one with more looks the same
SMOOTHED_OVER = 20  # readings
LOSS_CEILING = 8.0  # a single spike would press everything else flat
RAW = "/raw"  # after the name of a line of single readings
LOSSES = {N_("generator"): "loss_g", N_("discriminator"): "loss_d"}
SCORES = {N_("real clips"): "d_real", N_("drawn clips"): "d_fake"}
SHARES = {
    N_("trained"): "accuracy_seen",
    N_("unseen"): "accuracy_held_out",
    N_("colour"): "accuracy_seen_colour",
    N_("shape"): "accuracy_seen_shape",
    N_("motion"): "accuracy_seen_motion",
}
# Of LOSSES, SCORES and SHARES in turn.
HUES = ("#6366f1", "#f59e0b", "#059669", "#db2777", "#6366f1", "#f59e0b", "#a3a3a3", "#7ca982", "#8fb4d9")
COLOURS = dict(zip((*LOSSES, *SCORES, *SHARES), HUES, strict=True))
OTHER_COLOURS = {"G": "#0ea5e9", "D": "#ef4444"}  # of the run beside it
FAINT = "55"  # the alpha of raw readings


def readings(run: Run | None) -> list[dict]:
    """The rows of the metrics that have losses; others tell of evaluations only, or are damaged."""
    names = (*LOSSES.values(), *SCORES.values())
    return [row for row in run.metrics if all(isinstance(row.get(k), int | float) for k in names)] if run else []


def losses(run: Run | None, other: Run | None = None) -> pd.DataFrame:
    """Both networks' losses (step, loss, line), raw and smoothed; of `other`, for comparison, smoothed only."""
    tables = [_lines(run, LOSSES, "loss", raw=True, ceiling=LOSS_CEILING)]
    if other is not None:
        short = dict(zip(OTHER_COLOURS, LOSSES.values(), strict=True))  # a telephone's legend is narrow
        beside = _lines(other, short, "loss", raw=False, ceiling=LOSS_CEILING)
        tables.append(beside.assign(line=f"{other.name}: " + beside["line"]))
    return pd.concat(tables, ignore_index=True)


def scores(run: Run | None) -> pd.DataFrame:
    """What the discriminator thinks of real and of drawn clips (step, score, line), raw and smoothed."""
    return _lines(run, SCORES, "score", raw=True)


def shares(run: Run | None) -> pd.DataFrame:
    """Percent of clips that show what their prompt says (step, percent, line), where training has measured it."""
    rows = [row for row in run.metrics if row.get("accuracy_seen") is not None] if run else []
    table = pd.DataFrame(rows, columns=["step", *SHARES.values()], dtype=float)
    table = table.rename(columns={column: line for line, column in SHARES.items()})
    table = table.melt("step", var_name="line", value_name="percent").dropna()
    return table.assign(percent=100 * table["percent"])[["step", "percent", "line"]]


def step_limits(table: pd.DataFrame) -> list[float]:
    """Where the axis of steps begins and ends: at a round number, far enough that no two labels are the same step."""
    last = max(LEAST_STEPS, float(table["step"].max())) if len(table) else LEAST_STEPS
    power = 10.0 ** math.floor(math.log10(last))
    return [0, next(power * times for times in ROUND if power * times >= last)]


def key(table: pd.DataFrame, other: Run | None = None) -> dict:
    """The colours of a table's lines, and which of them the legend names, as `gr.LinePlot` wants to be told."""
    known = COLOURS | {line + RAW: COLOURS[line] + FAINT for line in (*LOSSES, *SCORES)}
    if other is not None:
        known |= {f"{other.name}: {line}": colour for line, colour in OTHER_COLOURS.items()}
    lines = list(table["line"].unique())
    return {
        "color_map": {line: known[line] for line in lines},
        "colors_in_legend": [line for line in lines if not line.endswith(RAW)],
    }


def in_visitors_words(line: str) -> str:
    """The name of a line, for the legend."""
    return _("{line}, each reading", line=_(line.removesuffix(RAW))) if line.endswith(RAW) else _(line)


def _lines(
    run: Run | None, columns: dict[str, str], measured: str, *, raw: bool, ceiling: float | None = None
) -> pd.DataFrame:
    raws = pd.DataFrame(readings(run), columns=["step", *columns.values()], dtype=float).set_axis(
        ["step", *columns], axis=1
    )
    raws[list(columns)] = raws[list(columns)].clip(upper=ceiling)
    smooth = raws[list(columns)].ewm(span=SMOOTHED_OVER).mean().assign(step=raws["step"])
    parts = {RAW: raws, "": smooth} if raw else {"": smooth}
    tables = []
    for ending, table in parts.items():  # raw first: what comes later is drawn above
        table = table.groupby(table.index // -(-max(1, len(table)) // PLOTTED_POINTS)).mean()
        table = table.melt("step", var_name="line", value_name=measured)
        tables.append(table.assign(line=table["line"] + ending)[["step", measured, "line"]])
    return pd.concat(tables, ignore_index=True)
