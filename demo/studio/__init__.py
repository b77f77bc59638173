"""What all tabs share behind the widgets: visitors' folders, samplers, clips as files, limits of a public host.

It calls `t2v` and gives plain values. It must not make or know widgets, nor any tab.

`workspace` is where files lie and how long visits are kept, `limits` what a visitor may start; `clips` draws,
`clip_files` saves, `sheets` is what browsers play; `about` are titles and notes of runs and datasets.
"""
