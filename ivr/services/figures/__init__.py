"""What happened, in figures whose definitions are data: summed by day, compared, forecast."""
