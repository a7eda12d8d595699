"""Statistics for IP offices, staff and the public."""
