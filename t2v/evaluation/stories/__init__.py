"""Readers of stories: what a clip shows, told from its pixels, and whether that is what its prompt says.

Two of them share no code: one compares drawings, the other is a small network. They must not know what model made a
clip.

By drawings: `geometric`, with `drawings` and `relations`. By a network: `network`, taught by `train` with `flips`.
`verdicts` compare a reading with its prompt, `evaluate` counts them.
"""
