"""What may be said of a pair: each statement with the check that holds it, and the words it is said in."""
