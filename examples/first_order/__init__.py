"""The page docs/first-order.md: from `pip install` of an outsider's plugin to the first order at its prices.

`python -m galleria.examples.first_order` does everything that the page tells, for real, and prints the page; with
`--write` it is written where it belongs. `venv` makes the environment, `story` is what is done and said, `page` puts it
into Markdown, and `names` replaces what is different in each run.
"""
