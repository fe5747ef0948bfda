"""The language in which people compose rules: a checked JSON tree, never code.

:mod:`nodes` says what a document may hold, :mod:`checks` what fits together, :mod:`phrases` puts it into words; none of
them needs numpy. :mod:`masks` compiles conditions, :mod:`sentences` messages, :mod:`composed` the whole rule.
"""
