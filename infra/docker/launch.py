"""What the flex template's launcher runs: the live job, by the options that it is given."""

import sys

from pipelines.dataflow import launch
from schemas.errors import AwizoError

if __name__ == "__main__":
    try:
        launch(sys.argv[1:])
    except AwizoError as error:
        sys.exit(f"awizo: {error}")
