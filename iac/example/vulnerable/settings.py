"""Settings of the application. Made up: no account has this key, and nothing this password."""

AWS_REGION = "eu-central-1"
AWS_ACCESS_KEY_ID = "AKIA0GATE0EXAMPLE000"
ADMIN_PASSWORD = "correct-horse-7-battery"
