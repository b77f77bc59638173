"""What training learns from: the grammar of captions, drawn scenes, dataset folders, batches.

A clip and its caption come from here, whether drawn anew or read from a disk. It must not know who learns from them: no
network, no loss, no checkpoint.
"""
