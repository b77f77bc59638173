"""The world `stories`: drawn things on grounds, alone, in pairs with ways or relations of their own, and counted.

docs/STORIES.md has its grammar and what every word means. It must not know who trains on it or draws from it.

`grammar` and `parser` of captions, `negatives`; `world` draws stories from numbers; `scenes` has things with `paths`
over a ground, `render` draws them from `looks` and `grounds`.
"""
