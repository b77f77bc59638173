"""The Learn tab: nine chapters, each a few words, one live figure, one thing to try and one question.

`tab.py` lays it out and joins it; a chapter's figure is a plain function in the file that bears its idea's name. Every
figure is a piece of HTML, made by `t2v` from the checkpoint that was chosen, in the visitor's language. It must not
import another tab.

`handlers` has `figure`, which makes what each of `chapters/` shows, with `drawing` (pictures, plots) and `attention`;
`code` is the source beside it, `handout` the worksheet, `present` the slides.
"""
