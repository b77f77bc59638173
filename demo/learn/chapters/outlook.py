"""Chapter 9: how small this is beside what others have built, and where in the package each chapter's code stands."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from demo.learn import code, drawing
from demo.learn.chapters.prose import PROSE
from demo.locale.translate import _, grouped
from t2v.models import make_generator
from t2v.presets import preset

if TYPE_CHECKING:
    import torch

    from t2v.sampler import Sampler

OTHERS = (  # name, weights, where they are said
    ("Stable Video Diffusion", 1_521_000_000, "https://arxiv.org/abs/2311.15127"),
    ("CogVideoX", 5_000_000_000, "https://arxiv.org/abs/2408.06072"),
    ("Movie Gen", 30_000_000_000, "https://arxiv.org/abs/2410.13720"),
)


def weights(network: "torch.nn.Module") -> int:
    return sum(p.numel() for p in network.parameters())


def times(share: float) -> str:
    return grouped(round(share)) if share >= 100 else f"{share:.1f}"


def sizes(sampler: "Sampler") -> str:
    """The weights of the checkpoint's generator beside those of the tutorial's and of large ones."""
    own = weights(sampler.release.generator)
    tutorial = weights(make_generator(preset("baseline").model, len(sampler.release.vocabulary.words)))
    rows = [(_("this checkpoint's generator"), own), (_("the tutorial's generator"), tutorial)]
    rows += [(drawing.anchor(name, where), count) for name, count, where in OTHERS]
    heads = (_("model"), _("weights"), _("times this checkpoint"))
    return drawing.table(heads, [(name, grouped(count), times(count / own)) for name, count in rows])


def index() -> str:
    """Each chapter with the file, line and name of what it shows; a link opens the chapter with its code."""
    rows = []
    for chapter in code.SHOWN:
        title = drawing.anchor(_(PROSE[chapter].title), f"?chapter={chapter}&code=true")
        places = code.places(chapter)
        where = ", ".join(f"<code>{p.file}:{p.first_line} {p.name}</code>" for p in places)
        rows.append((title, Markup(where)))
    table = drawing.table((_("Chapter"), _("file, line and name of what it shows")), rows)
    return f'<div class="unpresented">{table}</div>'


def show(sampler: "Sampler") -> str:
    """Both tables."""
    return sizes(sampler) + index()
