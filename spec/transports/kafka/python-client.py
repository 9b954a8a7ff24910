"""A client as the Python package has it, on kafka-python. Prints a JSON value a line. usage: BROKERS SCENARIO"""

import json
import sys
import uuid

from kafka import KafkaConsumer, KafkaProducer

brokers, scenario = sys.argv[1:]


class Client:
    def __init__(self, reply_topic=None):
        # Where it is named the package writes it into the metadata; the servers know the other one.
        self.metadata = {"reply_topic": reply_topic} if reply_topic else {}
        self.producer = KafkaProducer(bootstrap_servers=brokers)
        self.consumer = KafkaConsumer(
            bootstrap_servers=brokers,
            group_id="microapi-client-" + uuid.uuid4().hex[:8],
            # One that is not JSON ends the consumer; so does one without a value.
            value_deserializer=lambda value: json.loads(value.decode()),
        )
        self.consumer.subscribe([reply_topic or "microapi-responses"])
        while not self.consumer.assignment():
            self.consumer.poll(timeout_ms=50)
        for partition in self.consumer.assignment():
            self.consumer.position(partition)

    def tell(self, envelope):
        self.producer.send("microapi-requests", json.dumps(envelope).encode()).get(timeout=30)

    def call(self, method, payload, metadata={}):
        envelope = {
            "type": "request",
            "service": "words",
            "method": method,
            "id": uuid.uuid4().hex,
            "payload": payload,
            "metadata": {**metadata, **self.metadata},
            "error": None,
            "status_code": 0,
        }
        self.tell(envelope)
        for record in self.consumer:
            if record.value["id"] == envelope["id"]:
                return record

    def close(self):
        self.consumer.close(autocommit=False)
        self.producer.close()


def show(record):
    answer = record.value
    print(
        json.dumps(
            {
                "topic": record.topic,
                "keys": list(answer)[:8],
                **{key: answer[key] for key in ("type", "service", "method", "payload", "metadata")},
                **{key: answer[key] for key in ("error", "status_code")},
            }
        ),
        flush=True,
    )


client = Client("spec-replies" if scenario == "named" else None)
if scenario == "named":
    show(client.call("echo", {"text": "ü"}, {"x-a": "b"}))
else:
    # What no server can answer comes first: it stops nobody.
    client.tell([1, 2])
    client.tell({"type": "tomorrow", "id": "1"})
    client.producer.send("microapi-requests", b"no JSON").get(timeout=30)
    for method, payload in [
        ("echo", {"text": "ü"}),
        ("fail", {"text": "gone"}),
        ("echo", {"text": 1}),
        ("nothing", {}),
        ("count", {"value": 3}),
        ("sum", [{"value": 1}, {"value": 2}]),
        ("double", [{"value": 1}, {"value": 2}]),
        ("double", []),
    ]:
        show(client.call(method, payload))
client.close()
