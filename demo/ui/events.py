"""What is the same for all events of the page."""

# Without Gradio's own checks, which would pop up, its progress, and a name that strangers could call.
PRIVATE = {"preprocess": False, "api_visibility": "private", "show_progress": "hidden"}
LATEST = {"trigger_mode": "always_last"}
