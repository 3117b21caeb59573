"""How accurate and how fast the engine is, in the terms of ISO/IEC 19795-1."""
