"""`python -m tieout_standalone` is `tieout`."""

from tieout_standalone.cli import main

if __name__ == "__main__":
    main()
