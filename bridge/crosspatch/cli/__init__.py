"""The command line: ``crosspatch`` and a word. All words are in `app`.

Exit codes: 0 done; 1 what was asked for failed; 2 wrong usage or a site file that cannot be used; 3 no daemon answers.
Each command lives in a module of its own and imports what it needs when it runs, so that ``--help`` is quick. What the
unit runs whenever the daemon has ended goes without all that reads command lines: nobody is patched meanwhile.
"""

import sys


def main() -> None:
    """Entry point of the ``crosspatch`` program."""
    match sys.argv[1:]:
        case ["unkey", "--all", site] if not site.startswith("-"):
            from crosspatch.cli.unkeying import unkey_all  # noqa: PLC0415 - as the other one

            sys.exit(unkey_all(site))
    from crosspatch.cli.app import app  # noqa: PLC0415 - takes half of the time of an un-key

    app()
