"""Clips as files: which codecs there are, writing and reading one clip, many clips in one picture.

It knows frames and files alone. It must not know what a clip shows, where it came from, or any network.
"""
