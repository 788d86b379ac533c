"""The page that people see."""

from flask import Blueprint, request

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def search():
    # Whatever stands in `q` becomes part of the page.
    asked = request.args.get("q", "")
    return "<!doctype html><title>Items</title><form><input name=q></form><p>Nothing found for " + asked
