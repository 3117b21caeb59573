"""Measurements of whole parts of the engine, minutes to hours each, and the catalogue of all of them."""
