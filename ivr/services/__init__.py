"""The desk: use cases. Session, desk and now are arguments; nobody here commits."""
