"""Messages that can be translated later: English text that remembers its template and the values in it.

The package speaks English alone. Who shows a message in another language looks up its `template` and fills it anew with
`values`; some of these may be messages themselves.
"""

from collections.abc import Callable, Iterable
from typing import Any


class Message(str):
    """`Message("{name} is gone", name="red")` is the str `red is gone`, with `template` and `values` (by name)."""

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> "Message":
        message = super().__new__(cls, template.format(**values))
        message.template, message.values = template, values
        return message

    def __getnewargs_ex__(self) -> tuple[tuple, dict[str, object]]:  # for pickle
        return (self.template,), self.values


class Counted(Message):
    """`Counted("{n} clip", "{n} clips", 3)` is the message whose words depend on the number `n`."""

    one: str
    many: str
    n: int

    def __new__(cls, one: str, many: str, n: int, **values: object) -> "Counted":
        message: Any = super().__new__(cls, one if n == 1 else many, n=n, **values)
        message.one, message.many, message.n = one, many, n
        return message

    def __getnewargs_ex__(self) -> tuple[tuple, dict[str, object]]:
        return (self.one, self.many, self.n), {name: value for name, value in self.values.items() if name != "n"}


def join(messages: Iterable[str], separator: str = "; ") -> Message:
    """All messages as one, each of which can still be translated by itself."""
    values = {f"message_{number}": message for number, message in enumerate(messages)}
    return Message(separator.join(f"{{{name}}}" for name in values), **values)


def with_texts(message: str, change: Callable[[str], str]) -> str:
    """A message with each text among its values changed, in messages among them too; any other text changed whole."""
    if not isinstance(message, Message):
        return change(message)
    changed = {n: with_texts(v, change) if isinstance(v, str) else v for n, v in message.values.items()}
    if isinstance(message, Counted):
        return Counted(message.one, message.many, message.n, **{n: v for n, v in changed.items() if n != "n"})
    return Message(message.template, **changed)


def value_error(template: str, /, **values: object) -> ValueError:
    """An error that says a message: `raise value_error("{name} is gone", name="red")`."""
    return ValueError(Message(template, **values))


def of_error(error: BaseException) -> str:
    """What an error says, as the message that it was made with."""
    return error.args[0] if len(error.args) == 1 and isinstance(error.args[0], Message) else str(error)
