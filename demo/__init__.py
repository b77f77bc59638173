"""The web page. Read on in `page.py`; everything that it does is one call of `t2v` or one `python -m t2v` command.

It must not hold what the package could do for everybody: no network, no loss, no format of files.
"""
