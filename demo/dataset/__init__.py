"""The Dataset tab: clips with captions are written, listed, looked at and taken home.

`tab.py` lays it out and joins it; the other files hold what belongs to it. It must not import another tab.

`writing` writes one dataset at a time; `own_clips` takes a visitor's clips, `thing` a drawing; `library` reads what is
there, `library_tab` shows it; `gallery` makes GIFs of clips.
"""
