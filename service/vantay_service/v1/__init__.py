"""The messages and services of `vantay.v1`: generated from `service/proto` by `service/generate.py`."""
