"""The worker: claims pending transactions, scores them, records decisions."""
