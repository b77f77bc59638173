"""What all tabs share behind the widgets: visitors' folders, samplers, clips as files, limits of a public host.

It calls `t2v` and gives plain values. It must not make or know widgets, nor any tab.
"""
