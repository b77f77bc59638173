"""The attribute classifier that is a small network, with the lessons that it was trained on and its weights.

It was trained on rendered scenes alone and never saw a generated clip. It must not share code with the geometric
reader, so that the two can check each other.

`network` reads, `lessons` are what it learns from, `train` teaches it.
"""
