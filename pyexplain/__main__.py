"""`python -m pyexplain`: the command line, where the script of that name is not on the path."""

from .cli import main

main()
