"""The attribute classifier made of geometry: areas, centres and outlines of the ink, and no training.

It measures clips and names what they show. It must not share code with the learned reader, so that the two can check
each other.

`measure` finds the ink, its shape by `ideals`; `reader` names what that shows.
"""
