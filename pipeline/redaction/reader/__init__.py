"""The trained reader: which words of an interview identify somebody (names, places, ages, dates, numbers, ...)."""
