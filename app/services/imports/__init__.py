"""Tables in: uploaded, their columns assigned, checked to the row before anything is written, undone as a whole."""
