"""What is asked of the tables, one noun a file."""
