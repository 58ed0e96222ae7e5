"""A municipal telephone hotline."""
