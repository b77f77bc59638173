"""Options of the page's events: no names for strangers, which events wait in one queue, how many run at once."""

from typing import Any

# Without Gradio's own checks, which would pop up, its progress, and a name that strangers could call. Its progress is
# on nothing: hidden as it is, Gradio (6.31) asks every widget within an output for its value whenever an event begins
# or ends, and the canvas of a drawing is uploaded each time.
PRIVATE: dict[str, Any] = {"preprocess": False, "api_visibility": "private"}
PRIVATE |= {"show_progress": "hidden", "show_progress_on": []}
# The same where files, tables or pictures come in: Gradio reads those, and takes no file that was not uploaded.
READ_BY_GRADIO: dict[str, Any] = {name: value for name, value in PRIVATE.items() if name != "preprocess"}
# what draws waits in this one queue, also for endpoints
HEAVY: dict[str, Any] = {"concurrency_id": "heavy", "concurrency_limit": 2}
# one after the other, as they were sent
IN_TURN: dict[str, Any] = {"concurrency_id": "in_turn", "concurrency_limit": 1}
LATEST: dict[str, Any] = {"trigger_mode": "always_last"}
