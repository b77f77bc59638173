"""The page's words in other languages (`<language>/page.po`, by gettext), and what puts them in.

Whoever says something marks it there: `_("...")`, `ngettext("...", "...", n)`, `N_("...")` for a constant, `Message`
where no visitor is known. `python -m demo.locale` brings the files up to date. It must not know any tab.

`translate` is what the page calls; `cookie` is the language that a visitor chose; `extract` finds words in HTML and
scripts.
"""
