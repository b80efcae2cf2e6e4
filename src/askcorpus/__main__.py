"""`python -m askcorpus`: the command line, by another name. May import: cli."""

from __future__ import annotations

from askcorpus.cli import main

if __name__ == "__main__":
    main()
