"""Golden runs: one small seeded run of each built-in method, its figures pinned in figures.json.

They are there so that a change that is meant to change nothing is seen to change nothing. Where one is meant to change figures,
`python -m tests.golden --write [NAME...]` writes those of the named methods (of all, without a name) again.
"""
