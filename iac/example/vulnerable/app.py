"""A list of items. Deliberately vulnerable: the README says where. Never deploy it."""

import subprocess
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


@app.get("/items")
def items():
    with open("stock.txt", encoding="utf-8") as stock:
        return jsonify(dict(line.split() for line in stock))


@app.get("/run")
def run():
    # Whatever stands in `item` is run by a shell.
    found = subprocess.run("grep " + request.args["item"] + " stock.txt", shell=True, capture_output=True)
    return Response(found.stdout, mimetype="text/plain")


@app.post("/login")
def login():
    if request.form.get("password") == settings.ADMIN_PASSWORD:
        return jsonify(welcome="admin")
    return jsonify(error="wrong password"), 401


if __name__ == "__main__":
    # The debugger runs code for whoever can reach it.
    app.run(host="0.0.0.0", port=8080, debug=True)
