"""The files that a person edits: written, and read back whatever program saved them."""
