"""From detected speech to words: windows, checks, recovery, times."""
