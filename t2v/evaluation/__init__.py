"""Whether a clip shows what its prompt says, and how it looks beside real clips.

Two readers that share no code read clips back into words; shares are counted with ceiling and control. It must not know
how the generator was trained.

`evaluate` joins all: clips are drawn and read in `observe`, counted in `accuracy`, compared with real ones in
`fidelity`; `own_words` has prompts of people, `things` looks for things of one's own, `copying` for clips learned by
heart. `result` says how to repeat it, `report` puts it into words, `publish` into a checkpoint. Readers: `geometric/`,
`learned/`, and of stories `stories/`.
"""
