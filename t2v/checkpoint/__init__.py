"""What a training leaves on disk: release folders for others to load, and the state from which training goes on.

It turns networks into files and back, without unpickling a class. It must not know how clips are sampled or judged.

`release` writes and reads the folder, `card` its README; `find` says which folder a name means; `tutorial` reads the
tutorial's own weights. What `config.json` says of model and training is read by `from_json` of `t2v/config.py`, which
refuses fields that it does not know. `state` writes and reads one file whole: what a run keeps in it is in `Run.save`
of `t2v/training/run.py`, which file a resume takes in `resume.py` there.
"""
