"""How the answers of a handler that yields several times reach the browser: nothing that was yielded may be lost."""

import gradio as gr


class WholeAnswers(gr.Blocks):
    """Blocks that send each part of an answer whole, where Gradio sends what has changed since the part before.

    The browser makes such changes in the very object that it holds of the part before (gradio 6.31). It has shown that
    long ago, unless all parts came at once: when the answer to its own request, which says whose they are, was the
    slower one. Then a picture that is only in the first part was never seen, and the page stood empty.
    """

    def handle_streaming_diffs(self, block_fn, data, session_hash, run, final, simple_format=False) -> list:
        whole = list(data)
        later = session_hash is not None and run in self.pending_diff_streams[session_hash]
        sent = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format)
        if final or simple_format or not later:
            return sent
        return [edits and [["replace", [], now]] for edits, now in zip(sent, whole, strict=True)]
