"""Clips as files: which codecs there are, writing and reading one clip, many clips in one picture.

It knows frames and files alone. It must not know what a clip shows, where it came from, or any network.

`clips` is the door, for tensors and files. Writing: `codecs`. Reading: `kinds` (which files are clips), `decoders`,
`video`, `hdr`, `shown` (one frame and its time on screen), `fit` (which frames of a clip are taken, and how oblong ones
become square), `clip_cache` (decoded films). `grids`: many clips in one picture.
"""
