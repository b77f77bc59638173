"""The Dataset tab: clips with captions are written, listed, looked at and taken home.

`tab.py` lays it out and joins it; the other files hold what belongs to it. It must not import another tab.
"""
