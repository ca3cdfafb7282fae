"""The same steps for pytest and requests: a test for each step, or (-k loop) all of them in one test.

SETTING names a JSON file: {"url", "steps", "message", "people": {who: {"headers", "arguments", "own", "foreign"}}}; what iff's
scenario asks of an answer is asked here, but that iff looks for what is somebody else's in every encoding, and behind the server.
"""
import json
import os
import pathlib

import pytest
import requests

SETTING = json.loads(pathlib.Path(os.environ["SETTING"]).read_text(encoding="utf-8"))
PEOPLE = ["alice", "bob"]
SESSIONS = {who: requests.Session() for who in PEOPLE}  # a kept connection each


def step(number):
    who = PEOPLE[number % 2]
    person = SETTING["people"][who]
    message = {**SETTING["message"], "id": number + 1}
    message["params"] = {**message["params"], "arguments": person["arguments"]}
    answer = SESSIONS[who].post(SETTING["url"], json=message, headers=person["headers"], timeout=10)
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert not result.get("isError")
    assert person["own"] in answer.text
    assert person["foreign"] not in answer.text


@pytest.mark.parametrize("number", range(SETTING["steps"]))
def test_step(number):
    step(number)


def test_loop():
    for number in range(SETTING["steps"]):
        step(number)
