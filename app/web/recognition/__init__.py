"""Pages of the staff who run the recognition."""
