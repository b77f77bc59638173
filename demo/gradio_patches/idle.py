"""A page that waits leaves the processor to a training: its queue looks for events less often.

Upstream: Gradio (6.31) looks for new events every millisecond, which takes 9% of a processor; no issue, no option.
    10 ms are as long as a clip takes, and halve what the page uses (`docs/LOG.md`, "A page that waits").
Test: `test_a_waiting_page_rests`.
It can go when the queue waits for an event instead of looking for one.
"""

import gradio as gr

QUEUE_REST_SECONDS = 0.01


def rest_when_free(page: gr.Blocks) -> None:
    """For the queue of this page, after `page.queue(...)`."""
    page._queue.sleep_when_free = QUEUE_REST_SECONDS
