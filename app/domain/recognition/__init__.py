"""The rules of recognition: schemes, formulas, points, and what would change a result."""
