"""Options of the page's events: no names for strangers, which events wait in one queue, how many run at once."""

from typing import Any

# Without Gradio's own checks, which would pop up, its progress, and a name that strangers could call.
PRIVATE: dict[str, Any] = {"preprocess": False, "api_visibility": "private", "show_progress": "hidden"}
# The same where files, tables or pictures come in: Gradio reads those, and takes no file that was not uploaded.
READ_BY_GRADIO: dict[str, Any] = {name: value for name, value in PRIVATE.items() if name != "preprocess"}
# what draws waits in this one queue, also for endpoints
HEAVY: dict[str, Any] = {"concurrency_id": "heavy", "concurrency_limit": 2}
LATEST: dict[str, Any] = {"trigger_mode": "always_last"}
