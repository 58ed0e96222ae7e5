"""The webhooks in OpenAPI's words, made of what the code itself says: its routes, and its list of fields."""

import re

from flask import Flask

from ivr.telephony import form
from ivr.web import voice


def rules():
    """List the webhooks' routes."""
    app = Flask("webhooks", static_folder=None)
    app.register_blueprint(voice.blueprint)
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("voice.")]


def _field(pattern):
    return {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}


def webhooks():
    """Describe them all."""
    fields = {name: _field(pattern) for name, pattern in form.READ.items()}
    body = {"type": "object", "properties": fields, "required": list(form.REQUIRED)}
    content = {form.MIME_TYPE: {"schema": body}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "webhooks", "version": "1"},
        "paths": {re.sub(r"<(?:int:)?(\w+)>", r"{\1}", rule.rule): _path(rule, content) for rule in rules()},
    }


def _path(rule, content):
    numbers = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
        for name in rule.arguments
    ]
    queries = [
        {"name": "attempt", "in": "query", "schema": {"type": "integer", "minimum": 0}},
        {"name": "leg", "in": "query", "schema": {"type": "string", "enum": ["citizen", "operator"]}},
        {"name": "step", "in": "query", "schema": {"type": "string", "enum": ["message", "recording"]}},
    ]
    answers = {str(status): {"description": ""} for status in (200, 204, 400, 403)}
    return {"post": {"parameters": numbers + queries, "requestBody": {"content": content}, "responses": answers}}
