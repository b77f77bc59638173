"""One file for each idea that a chapter of the Learn tab shows.

A chapter is a plain function from a checkpoint and a choice to a piece of HTML. It must not know widgets or the order
of the chapters.

`prose` is what they say. 1 `players`, 2 `data`, 3 `tokens`, 4 `inside` and `stages`, 5 `judge`, 6 `tiny`, 7 `saving`, 8
`unseen` and `story`, 9 `outlook`. In chapter 4 `stages` draws the layered generator with its paths, `inside` the
tutorial's network; how thick their lines are is in `line` of `demo/learn/drawing.py`.
"""
