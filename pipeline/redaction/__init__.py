"""What identifies people in a transcript: found, joined into entities, worded, hidden."""
