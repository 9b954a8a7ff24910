"""A server as the Python package has it, on pika. Prints "ready", then each envelope that it reads. usage: URL QUEUE"""

import json
import sys

import pika

url, queue = sys.argv[1:]


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


def take(channel, method, properties, body):
    try:
        envelope = json.loads(body)
        print(json.dumps({"envelope": envelope, "keys": list(envelope)}), flush=True)
        if envelope["type"] not in ("request", "response", "stream_push", "stream_end", "error"):
            return
        answer = {**envelope, "type": "response", "metadata": {}, "error": None, "status_code": 0}
        try:
            answer["payload"] = run(envelope)
        except Failure as failure:
            answer.update(payload=None, error=str(failure), status_code=failure.status)
        channel.basic_publish(
            exchange="",
            routing_key=properties.reply_to or "microapi-responses",
            properties=pika.BasicProperties(correlation_id=envelope["id"]),
            body=json.dumps(answer).encode(),
        )
    finally:
        channel.basic_ack(method.delivery_tag)


connection = pika.BlockingConnection(pika.URLParameters(url))
channel = connection.channel()
channel.queue_declare(queue=queue, durable=True)
channel.basic_consume(queue, take)
print(json.dumps("ready"), flush=True)
channel.start_consuming()
