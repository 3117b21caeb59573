"""Readers of public data sets and the synthetic population."""
