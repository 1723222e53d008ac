"""What the SMS providers say, as data: one folder per table of codes. Pure, without the database or the network."""
