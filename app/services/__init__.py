"""The use cases: one verb function each. They check, change, record, notify and return; they never commit."""
