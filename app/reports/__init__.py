"""Search, statistics, exports and imports."""
