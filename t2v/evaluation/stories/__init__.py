"""Readers of stories: what a clip shows, told from its pixels, and whether that is what its prompt says.

They must not know what model made a clip.
"""
