"""Settings of a recommender chosen on the validation part. Needs the extra `tune`."""
