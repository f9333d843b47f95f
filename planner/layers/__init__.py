"""Read: files in, clean tables out."""
