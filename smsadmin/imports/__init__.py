"""Files that people bring: read, mapped, tried, run in the background, reported line by line."""
