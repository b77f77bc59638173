"""The training loop and the run folder that it fills.

It joins data, networks, checkpoints and evaluation, and can go on after any end. It must not know about the page, which
writes the recipe of a new run there and reads the rest.

`loop` reads like the algorithm; `run` is one training on disk: logs, previews, saves; `run_folder` are its files, for
whoever reads them; `resume` says whether a training may go on there; `own` fits a recipe to a folder of clips, `teach`
to a trained model.
"""
