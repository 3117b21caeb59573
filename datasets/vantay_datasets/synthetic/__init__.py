"""Samples that were never captured: generated, seeded, with known ground truth."""
