"""Measurements of whole parts of the engine, minutes to hours each, and what runs any measurement by name."""
