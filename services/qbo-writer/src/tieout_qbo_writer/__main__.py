"""`python -m tieout_qbo_writer` runs the service alone."""

from tieout_chassis.service import main
from tieout_qbo_writer.app import build

if __name__ == "__main__":
    main(build)
