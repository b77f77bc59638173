"""The Evaluate tab: published figures of a checkpoint, and measurements made anew.

`tab.py` lays it out and joins it; the other files hold what belongs to it. It must not import another tab.
"""
