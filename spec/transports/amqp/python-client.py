"""A client as the Python package has it, on pika. Prints a JSON value a line. usage: URL QUEUE SCENARIO"""

import json
import sys
import uuid

import pika

url, queue, scenario = sys.argv[1:]


class Client:
    def __init__(self):
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()
        self.channel.queue_declare(queue=queue, durable=True)
        self.replies = "microapi-response-" + uuid.uuid4().hex[:8]
        self.channel.queue_declare(queue=self.replies, auto_delete=True)
        self.channel.basic_consume(self.replies, self.take, auto_ack=True)
        self.answers = {}

    def take(self, channel, method, properties, body):
        envelope = json.loads(body)
        self.answers[envelope["id"]] = (envelope, properties)

    def call(self, method, payload, metadata=None):
        id = uuid.uuid4().hex
        envelope = {
            "type": "request",
            "service": "words",
            "method": method,
            "id": id,
            "payload": payload,
            "metadata": metadata or {},
            "error": None,
            "status_code": 0,
        }
        self.channel.basic_publish(
            exchange="",
            routing_key=queue,
            properties=pika.BasicProperties(reply_to=self.replies, correlation_id=id),
            body=json.dumps(envelope).encode(),
        )
        while id not in self.answers:
            self.connection.process_data_events(time_limit=10)
        answer, properties = self.answers.pop(id)
        assert properties.correlation_id == id, properties
        return answer


client = Client()
if scenario == "calls":
    calls = [
        ("echo", {"text": "ü"}),
        ("fail", {"text": "gone"}),
        ("echo", {"text": 1}),
        ("nothing", {}),
        ("count", {"value": 3}),
        ("sum", [{"value": 1}, {"value": 2}]),
        ("double", [{"value": 1}, {"value": 2}]),
        ("double", []),
    ]
    for method, payload in calls:
        answer = client.call(method, payload)
        keys = ("type", "service", "method", "payload", "error", "status_code")
        print(json.dumps({key: answer[key] for key in keys}), flush=True)
client.connection.close()
