"""Redaction: finds what identifies people, groups the mentions into entities, chooses replacements, hides them."""
