"""Speed and memory beside peers, one script a question."""
