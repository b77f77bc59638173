"""The Train tab: it writes a recipe, starts `python -m t2v train` with it in a child process, and shows the run folder.

`tab.py` lays it out and joins it to `handlers.py`. `processes.py` starts, resumes, stops and deletes trainings,
`runs.py` reads them from disk; `run_view.py` fills the widgets with `progress.py` (how far), `diagnosis.py` (how well)
and `plots.py`.

`estimate.py` says how long a training takes, `suited.py` what preset `own` chooses, `teach.py` begins from a trained
model. It must not import another tab.
"""
