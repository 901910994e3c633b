"""Many recordings: which, in what order, in which processes, and what became of each."""
