"""Where Gradio does not do what the page needs: one file for each change of its inside.

Each file says what upstream does, in which version, its issue, the tests that fail without the change, and when it can
go. It must not know any tab.

`accessible` (keyboard), `camera`, `editor` and `guard` (strangers), `head` (the served page and what links to it show),
`idle`, `plots`, `stream` (events), `visits` (memory). What stands round every answer, as a header would, is an ASGI
middleware in `launch_options` of `demo/page.py`: `guard` there only refuses, `head` changes the page.
"""
