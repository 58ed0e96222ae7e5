"""What figures are made of: a day's rows as they are, and the daily sums of them."""
