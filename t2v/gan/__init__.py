"""The two players and how one update changes them: losses, optimizers, averaged weights, CUDA graphs.

It takes a batch and gives statistics. It must not know about folders, evaluation, or when training ends.

`layered` has the updates of the layered GAN, `frame_gan` those of the tutorial, `base` what both share: optimizers,
rates, averaged weights. `losses` are pure functions; `augment` changes what is seen of few clips; `cuda_graph` records
a step; `make` picks the one of a recipe.
"""
