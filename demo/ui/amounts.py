"""Amounts in words: durations, bytes, and how many of something."""


def say_duration(seconds: float) -> str:
    """95 -> 1 min 35 s"""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    if minutes >= 10:
        return f"{minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def say_bytes(count: float) -> str:
    """12345678 -> 12 MB"""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if count >= 10 or unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


def say_count(number: int, what: str) -> str:
    """1, `clip` -> 1 clip; 2000, `clip` -> 2,000 clips"""
    return f"{number:,} {what}{'s' * (number != 1)}"
