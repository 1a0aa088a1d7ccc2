"""From files to data sets: reading, splitting, learning, extracting, building."""
