"""How the page looks and how it words errors: theme, pieces of HTML, problems in plain words.

Every tab may use it. It must not know any tab, nor where files lie.
"""
