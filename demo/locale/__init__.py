"""The page's words in other languages, and what puts them in.

Tabs write plain English and know nothing of it. It must not know what a tab does, only what it says.
"""
