"""Fingerprints: from an image to minutiae, from minutiae to a comparison score."""
