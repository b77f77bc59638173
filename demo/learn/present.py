"""Present mode: a chapter as slides for a projector, led by the keyboard; prompt, seed and checkpoint in one line."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
KEYS = f"() => {{ {(STATIC / 'present.js').read_text(encoding='utf-8')} }}"
CSS = (STATIC / "present.css").read_text(encoding="utf-8")
PRESENT = "() => { document.body.classList.toggle('presenting'); document.activeElement?.blur(); scrollTo(0, 0); }"
