"""Measurements of whole parts of the engine, minutes to hours each, and what runs any measurement by name.

Here are those that are modules and share what they need with each other and the harness; those in the folder
above are the same kind of program and came first, as scripts whose paths documents and results name.
"""
