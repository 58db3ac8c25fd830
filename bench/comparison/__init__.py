"""Brokers side by side: what `bench/compare` is made of."""
