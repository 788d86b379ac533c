"""The page that people see."""

from flask import Blueprint, request
from markupsafe import escape

blueprint = Blueprint("pages", __name__)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@blueprint.after_app_request
def protect(response):
    response.headers.update(HEADERS)
    return response


@blueprint.get("/")
def search():
    asked = escape(request.args.get("q", ""))
    return f"<!doctype html><title>Items</title><form><input name=q></form><p>Nothing found for {asked}"
