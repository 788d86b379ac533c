"""Settings of the application. Credentials are given to the task when it starts; none stands in the source."""

import os

AWS_REGION = os.environ.get("AWS_REGION", "eu-central-1")


def admin_password():
    """Read when it is asked for: without it nobody logs in, and all else works."""
    return os.environ.get("ADMIN_PASSWORD", "")
