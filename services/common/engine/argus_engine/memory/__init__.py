"""What is known of the entities that customers share, and of labels.

A customer's own state moves with each of its transactions, under its shard's lock. What customers share cannot: it lags
behind, and is advanced in one order by one folder at a time. How far it was advanced when a transaction was read is
its watermark, kept with the decision: so replay, training and backtest know exactly what was known.
"""
