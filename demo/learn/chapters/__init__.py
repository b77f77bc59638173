"""One file for each idea that a chapter of the Learn tab shows.

A chapter is a plain function from a checkpoint and a choice to a piece of HTML. It must not know widgets or the order
of the chapters.
"""
