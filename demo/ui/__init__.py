"""How the page looks and how it words errors: theme, pieces of HTML, problems in plain words.

Every tab may use it. It must not know any tab, nor where files lie.

`theme` has colours and pieces of HTML, `masthead` the page's head, `film` a clip that plays, `about` the fold with a
name and a note, `amounts` bytes and durations in words, `errors` what went wrong; `events` and `handlers` join
functions to widgets.
"""
