"""Where jobs are done that do not depend on each other: in this process, or by workers on one machine or many."""
