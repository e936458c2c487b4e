"""``python -m crosspatch``."""

from crosspatch.cli import main

if __name__ == "__main__":
    main()
