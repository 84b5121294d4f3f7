"""Rules as plain Python: values in, decisions out. Standard library only."""
