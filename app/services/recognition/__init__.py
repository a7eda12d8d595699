"""The use cases of recognition 认定: one module for each step of a round."""
