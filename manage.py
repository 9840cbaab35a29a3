#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

from builder.management.commands.up import Command as Up


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "builder.settings")
    if sys.argv[1:2] == ["up"]:
        # The supervisor reads the settings alone: with the applications it would start later and hold 80 MB more.
        Up().run_from_argv(sys.argv)
    else:
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
