"""`python -m galleria`: the command line."""

from .core.cli.commands import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
