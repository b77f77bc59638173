"""The two players and how one update changes them: losses, optimizers, averaged weights, CUDA graphs.

It takes a batch and gives statistics. It must not know about folders, evaluation, or when training ends.
"""
