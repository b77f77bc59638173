"""Amounts in the visitor's language: durations, bytes, and counted things."""

from demo.locale.translate import _, ngettext


def say_duration(seconds: float) -> str:
    """95 -> 1 min 35 s"""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("{hours} h {minutes} min", hours=hours, minutes=minutes)
    if minutes >= 10:
        return _("{minutes} min", minutes=minutes)
    return _("{minutes} min {seconds} s", minutes=minutes, seconds=rest) if minutes else _("{seconds} s", seconds=rest)


def say_bytes(count: float) -> str:
    """12345678 -> 12 MB"""
    if count < 1000:
        return _("{count} bytes", count=f"{count:.0f}")
    count /= 1000
    if count < 1000:
        return _("{count} kB", count=_short(count))
    count /= 1000
    return _("{count} MB", count=_short(count)) if count < 1000 else _("{count} GB", count=_short(count / 1000))


def say_clips(count: int) -> str:
    """1 -> 1 clip; 2000 -> 2,000 clips"""
    return ngettext("{n:,} clip", "{n:,} clips", count)


def say_frames(count: int) -> str:
    """1 -> 1 frame; 10 -> 10 frames"""
    return ngettext("{n:,} frame", "{n:,} frames", count)


def _short(count: float) -> str:
    return f"{count:.0f}" if count >= 10 else f"{count:.1f}"
