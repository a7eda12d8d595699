"""The patent register and its sources, classifications, regions, calendar and parameters: data from outside."""
