"""A visit costs little memory: Gradio's copy of all widgets for each visitor goes after each request.

Upstream: Gradio (6.31) keeps, for each session, a copy of the properties of every widget that went into a request
    (0.6 MB for this page). It is for `gr.render` and for links to a state of the page, and this page has neither. Since
    https://github.com/gradio-app/gradio/pull/8030; no issue.
Test: `test_a_visitor_costs_little_memory`.
It can go when Gradio keeps the copy for those two alone.
"""

from typing import Any

import gradio as gr


class LeanBlocks(gr.Blocks):
    """Blocks that keep nothing of a visitor but `gr.State`."""

    async def process_api(self, block_fn: Any, inputs: Any, state: Any = None, *args: Any, **options: Any) -> Any:
        try:
            return await super().process_api(block_fn, inputs, state, *args, **options)
        finally:
            if state is not None:
                state.config_values.clear()
