"""Messages that can be translated later: English text that remembers its template and the values in it.

The package speaks English alone. Who shows a message in another language looks up its `template` and fills it anew with
`values`; some of these may be messages themselves.
"""

from collections.abc import Iterable


class Message(str):
    """`Message("{name} is gone", name="red")` is the str `red is gone`, with `template` and `values` (by name)."""

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> "Message":
        message = super().__new__(cls, template.format(**values))
        message.template, message.values = template, values
        return message

    def __reduce__(self) -> tuple:
        return _again, (self.template, self.values)


def _again(template: str, values: dict[str, object]) -> Message:
    return Message(template, **values)


def join(messages: Iterable[str], separator: str = "; ") -> Message:
    """All messages as one, each of which can still be translated by itself."""
    values = {f"message_{number}": message for number, message in enumerate(messages)}
    return Message(separator.join(f"{{{name}}}" for name in values), **values)
