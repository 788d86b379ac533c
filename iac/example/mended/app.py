"""A list of items."""

import hmac
import time

from flask import Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

import pages
import settings

app = Flask(__name__)
app.register_blueprint(pages.blueprint)

REQUESTS = Counter("http_requests_total", "Requests.", ["method", "endpoint", "status"])
SECONDS = Histogram("http_request_duration_seconds", "How long they took.", ["method", "endpoint"])


@app.before_request
def start():
    g.started = time.perf_counter()


@app.after_request
def count(response):
    # The endpoint and not the path: whoever asks must not be able to make up new time series.
    endpoint = request.endpoint or "none"
    REQUESTS.labels(request.method, endpoint, response.status_code).inc()
    SECONDS.labels(request.method, endpoint).observe(time.perf_counter() - g.started)
    return response


@app.get("/health")
def health():
    return jsonify(status="ok")


@app.get("/metrics")
def metrics():
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def stock():
    with open("stock.txt", encoding="utf-8") as lines:
        return dict(line.split() for line in lines)


@app.get("/items")
def items():
    return jsonify(stock())


@app.get("/run")
def run():
    # The old address, without the shell.
    item = request.args["item"]
    found = [f"{name} {count}\n" for name, count in stock().items() if name == item]
    return Response(found, mimetype="text/plain")


@app.post("/login")
def login():
    expected = settings.admin_password()
    given = request.form.get("password", "")
    # In constant time, and never with an empty password.
    if expected and hmac.compare_digest(given.encode(), expected.encode()):
        return jsonify(welcome="admin")
    return jsonify(error="wrong password"), 401
