"""A run as a service: what `recommend` and `explain` print, over HTTP. Needs the extra `serve`."""
