"""The Evaluate tab: published figures of a checkpoint, and measurements made anew.

`tab.py` lays it out and joins it; the other files hold what belongs to it. It must not import another tab.

`jobs` measures and finds what was measured; `charts` makes HTML of it.
"""
