"""The Train tab: it starts `python -m t2v train` in a child process and shows what the run folder says.

`tab.py` lays it out and joins it; the other files hold what belongs to it. It must not import another tab.
"""
