"""Flask; one file is one blueprint."""
