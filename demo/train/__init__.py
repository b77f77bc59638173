"""The Train tab: it writes a recipe, starts `python -m t2v train` with it in a child process, and shows the run folder.

`tab.py` lays it out and joins it to `handlers.py`; the rest is what belongs to it. It must not import another tab.
"""
