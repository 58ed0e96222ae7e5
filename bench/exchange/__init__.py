"""What telephone calls cost: callers by the hundred, processor and memory, gaps in what is heard."""
