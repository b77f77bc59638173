"""The head of the page: its name and mark, what it does in one line, what it is in another, and the language switch."""

import html

from demo.locale.translate import LANGUAGES, N_, _

NAME = "Flipbook"
LEAD = N_("Say a shape, a colour and a movement: a tiny neural network, trained from scratch, animates it in a blink.")
# Three leaves of a flip-book; the dot moves from one to the next.
MARK = """<svg class="mark" viewBox="0 0 54 54" role="img" aria-label="Flipbook">
<rect x="17" y="5" width="32" height="32" rx="6" fill="#f6a821" opacity="0.45"/>
<rect x="11" y="11" width="32" height="32" rx="6" fill="#f6a821"/>
<rect x="5" y="17" width="32" height="32" rx="6" fill="currentColor"/>
<circle cx="17" cy="37" r="6" fill="#f6a821"/><circle cx="26" cy="28" r="3" fill="#f6a821" opacity="0.7"/></svg>"""


def masthead(facts: str) -> str:
    """HTML. `facts` is one line of figures about the model, or nothing."""
    lead = html.escape(_(LEAD))
    line = f"<p>{html.escape(facts)}</p>" if facts else ""
    switch = "".join(
        f'<button type="button" lang="{code}" data-language="{code}" aria-pressed="false">{name}</button>'
        for code, name in LANGUAGES.items()
    )
    return (
        f'<div class="masthead">{MARK}<div class="words"><h1>{NAME}</h1><p class="lead">{lead}</p>{line}</div>'
        f'<div class="languages">{switch}</div></div>'
    )
