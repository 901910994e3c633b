"""The trained reader: a small encoder that marks identifiers word by word (model card: models/training/README.md)."""
