"""The rules of filing and recognition: plain Python, no database, no request, no framework."""
