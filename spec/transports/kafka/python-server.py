"""
A server as the Python package has it, on kafka-python. Prints "ready", then each envelope that it reads; SIGTERM ends it
in good order. usage: BROKERS
"""

import json
import signal
import sys

from kafka import KafkaConsumer, KafkaProducer

brokers = sys.argv[1]


class Failure(Exception):
    def __init__(self, message, status):
        super().__init__(message)
        self.status = status


def run(envelope):
    """What is not a request by its type is run all the same; what has an unknown one is dropped."""
    method, payload = envelope["method"], envelope["payload"]
    if method == "echo":
        return payload
    if method == "fail":
        raise Failure(payload["text"], 5)
    if method == "count":
        return [{"value": value} for value in range(payload["value"])]
    if method == "sum":
        return {"value": sum(item["value"] for item in payload)}
    if method == "double":
        return [{"value": 2 * item["value"]} for item in payload]
    raise Failure("Method not found", 5)


def take(envelope):
    print(json.dumps({"envelope": envelope, "keys": list(envelope)}), flush=True)
    if envelope["type"] not in ("request", "response", "stream_push", "stream_end", "error"):
        return
    answer = {**envelope, "type": "response", "metadata": {}, "error": None, "status_code": 0}
    try:
        answer["payload"] = run(envelope)
    except Failure as failure:
        answer.update(payload=None, error=str(failure), status_code=failure.status)
    topic = envelope["metadata"].get("reply_topic", "microapi-responses")
    producer.send(topic, json.dumps(answer).encode()).get(timeout=30)


producer = KafkaProducer(bootstrap_servers=brokers)
consumer = KafkaConsumer(
    "microapi-requests",
    bootstrap_servers=brokers,
    group_id="microapi-server",
    # One that is not JSON ends the consumer; so does one without a value.
    value_deserializer=lambda value: json.loads(value.decode()),
)
while not consumer.assignment():
    consumer.poll(timeout_ms=50)
for partition in consumer.assignment():
    consumer.position(partition)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print(json.dumps("ready"), flush=True)
try:
    for record in consumer:
        take(record.value)
finally:
    # Commits what was read, and leaves the group.
    consumer.close()
