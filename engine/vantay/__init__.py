"""Vantay: an automated biometric identification system that one agency can run without a vendor."""
