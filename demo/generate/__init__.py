"""The Generate tab: a prompt becomes a clip, and the public endpoints that do the same.

`tab.py` lays it out and joins it; the other files hold what belongs to it. It must not import another tab.

The stage is in the browser (`static/`); `answers` is what it is answered, past Gradio's queue by `direct`. `reading`
says what a prompt means, `builder` what the browser knows of grammars, `ready` has what is shown before anything is
drawn. `series` is below the stage: from one prompt to another, and grids of clips; `endpoints` are public.
"""
