"""Where Gradio does not do what the page needs: one file for each change of its inside.

Each file names what upstream does and can go when upstream changes. It must not know any tab.
"""
