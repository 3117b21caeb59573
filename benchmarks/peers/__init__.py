"""Vantay beside what a Python user would pick instead: the same samples, the same protocol, one table.

Each peer is one file with one class. The packages are an extra of their own, ``vantay[peers]``; docs/peers.md
tells what is compared and how.
"""
