"""What a person changes in a transcript: edits as data, applied anew whenever anything before them changes."""
