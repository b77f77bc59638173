"""The Generate tab: a prompt becomes a clip, and the public endpoints that do the same.

`tab.py` lays it out and joins it; the other files hold what belongs to it. It must not import another tab.
"""
