"""Makers of the demo city: each module makes one part, `data/make_demo.py` calls them in order."""
