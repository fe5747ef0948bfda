"""The kinds of rules: what their documents may say (:mod:`specs`, without numpy) and what they do."""
