"""An image editor that keeps little of what strangers send it.

Upstream: Gradio's (6.31) `ImageEditor.accept_blobs` takes pictures from everybody by the route `component_server`,
    keeps them until an event asks for them, which may be never, and makes room for as many layers as a number says.
Tests: `test_editor_keeps_few_pictures`, `test_only_the_editor_has_functions_for_strangers`.
It can go when Gradio bounds what it keeps.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

KEPT = 64  # pictures in the making, of all visitors
LAYERS = 8
KEPT_BYTES = 4_000_000  # of each part
ID_CHARACTERS = 64


def keep_little(editor: gr.ImageEditor) -> gr.ImageEditor:
    """The same editor, which keeps the latest pictures only and refuses what no canvas of a page sends."""
    take = editor.accept_blobs

    def accept_blobs(data: Any) -> None:
        fields, files = getattr(data, "data", None), getattr(data, "files", ())
        if not isinstance(fields, dict) or not _is_of_a_canvas(fields, files):
            raise ValueError("This is no part of a picture from the page's canvas.")
        take(data)
        while len(editor.blob_storage) > KEPT:
            editor.blob_storage.pop(next(iter(editor.blob_storage)))

    accept_blobs._is_server_fn = True  # type: ignore[attr-defined]  # what Gradio's decorator `server` does
    editor.accept_blobs = accept_blobs
    return editor


def _is_of_a_canvas(fields: dict, files: Sequence) -> bool:
    layer = str(fields.get("index") or "null")
    known_layer = layer == "null" or (layer.isdecimal() and int(layer) < LAYERS)
    small = len(files) == 1 and len(files[0][1]) <= KEPT_BYTES
    return known_layer and small and len(str(fields.get("id"))) <= ID_CHARACTERS
