"""The migrations, named after the format version that they make."""
