"""The training loop and the run folder that it fills.

It joins data, networks, checkpoints and evaluation, and can go on after any end. It must not know about the page, which
writes the recipe of a new run there and reads the rest.
"""
