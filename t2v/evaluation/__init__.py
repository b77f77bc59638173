"""Whether a clip shows what its prompt says, and how it looks beside real clips.

Two readers that share no code read clips back into words; shares are counted with ceiling and control. It must not know
how the generator was trained.
"""
