"""Who is too far from a public service, and where to build next."""
