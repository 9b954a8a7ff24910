"""A client of Python's grpcio. usage: python-client.py HOST:PORT SCENARIO

Each scenario prints what it has seen, a JSON value a line; where it has to wait for its test, it reads a line.
"""

import base64
import json
import queue
import sys

import grpc
from google.protobuf import json_format, struct_pb2

import health_pb2
import health_pb2_grpc
import interop_pb2 as pb
import interop_pb2_grpc
import python_status_pb2 as status_pb2

MIB = 1024 * 1024
# One call may take so long, in seconds; none here comes near it.
PATIENCE = 10


def say(value):
    print(json.dumps(value), flush=True)


def told():
    return sys.stdin.readline().strip()


def encoded(octets):
    return base64.b64encode(octets).decode()


def failure(error):
    return {"code": error.code().name, "message": error.details()}


def failed(work):
    """What a call fails with."""
    try:
        return {"answer": str(work())}
    except grpc.RpcError as error:
        return failure(error)


def pairs(metadata):
    """Of all metadata those that the specs set."""
    shown = [(key, encoded(value) if key.endswith("-bin") else value) for key, value in metadata or ()]
    return sorted([key, value] for key, value in shown if key.startswith(("x-", "raw")))


def patterns(stub):
    say(stub.text(pb.Text(text="ä€ 𝄞 日本"), timeout=PATIENCE).text)
    say([item.value for item in stub.count(pb.CountRequest(to=100), timeout=PATIENCE)])
    say([item.value for item in stub.count(pb.CountRequest(to=0), timeout=PATIENCE)])
    total = stub.sum((pb.Value(value=value) for value in range(100)), timeout=PATIENCE)
    say([total.count, total.total])
    nothing = stub.sum(iter(()), timeout=PATIENCE)
    say([nothing.count, nothing.total])
    waiting = queue.SimpleQueue()
    answers = stub.talk(iter(waiting.get, None), timeout=PATIENCE)
    # The next is said when the last was answered.
    for text in ("a", "b", "ä"):
        waiting.put(pb.Text(text=text))
        say(next(answers).text)
    waiting.put(None)
    say(next(answers, None))


def everything(stub):
    sent = pb.Everything(
        text="ä€ 𝄞 \x00",
        whole=-(2**53) + 1,
        small=-(2**31),
        real=0.1,
        flag=True,
        big=-(2**63),
        bytes=bytes(range(256)),
        colour=pb.Everything.COLOUR_GREEN,
        shape=pb.Everything.Shape(square=pb.Everything.Shape.Square(side=1.5)),
        counts={"a": 1, "ä": -2, "": 0},
        tags=["x", "", "y"],
        shapes=[
            pb.Everything.Shapes(circle=pb.Everything.Shapes.Circle(radius=0)),
            pb.Everything.Shapes(square=pb.Everything.Shapes.Square(side=2)),
        ],
        maybe="",
        anything=json_format.ParseDict({"a": [1, None, "ä", {"b": False}]}, struct_pb2.Value()),
    )
    sent.when.FromJsonString("1969-12-31T23:59:59.123Z")
    got = stub.everything(sent, timeout=PATIENCE)
    say(got == sent)
    say([str(got.big), str(got.whole), got.when.ToJsonString(), got.shape.WhichOneof("kind"), got.HasField("maybe")])
    # What is absent is its zero value, and stays absent where that is told apart.
    empty = pb.Everything(
        colour=pb.Everything.COLOUR_RED,
        shape=pb.Everything.Shape(circle=pb.Everything.Shape.Circle()),
        anything=struct_pb2.Value(null_value=0),
    )
    empty.when.FromJsonString("9999-12-31T23:59:59.999Z")
    got = stub.everything(empty, timeout=PATIENCE)
    say([got == empty, got.HasField("maybe"), got.shape.WhichOneof("kind")])
    # An enum's zero stands for nothing, a oneof without its member neither.
    empty.colour = pb.Everything.COLOUR_UNSPECIFIED
    say(failed(lambda: stub.everything(empty, timeout=PATIENCE)))
    empty.colour = pb.Everything.COLOUR_RED
    empty.ClearField("shape")
    say(failed(lambda: stub.everything(empty, timeout=PATIENCE)))


def metadata(stub):
    sent = (("who", "me"), ("raw-bin", b"\x00\xff\x01"))
    answer, call = stub.mirror.with_call(pb.MirrorRequest(), metadata=sent, timeout=PATIENCE)
    say([answer.who, encoded(answer.raw)])
    say([pairs(call.initial_metadata()), pairs(call.trailing_metadata())])


def failures(stub):
    for code in range(1, 17):
        say(failed(lambda: stub.fail(pb.FailRequest(code=code, message=f"{code} ä €\n100 %"), timeout=PATIENCE)))
    seen = []
    try:
        for item in stub.fail_after(pb.FailAfterRequest(items=2), timeout=PATIENCE):
            seen.append(item.value)
    except grpc.RpcError as error:
        say([seen, failure(error)])


def details(stub):
    try:
        stub.buy(pb.BuyRequest(left=3), timeout=PATIENCE)
    except grpc.RpcError as error:
        say(failure(error))
        status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
        info, struct = status_pb2.ErrorInfo(), struct_pb2.Struct()
        assert status.details[0].Unpack(info) and status.details[1].Unpack(struct)
        say([status.code, status.message, info.reason, info.domain, json_format.MessageToDict(struct)])


def unknown(stub, channel):
    nobody = channel.unary_unary("/interop.InteropService/nobody")
    say(failed(lambda: nobody(b"", timeout=PATIENCE)))
    text = channel.unary_unary("/interop.InteropService/text")
    say(failed(lambda: text(b"\xff\xff", timeout=PATIENCE)))


def deadline(stub):
    ms = stub.left(pb.LeftRequest(), timeout=20).ms
    say(10_000 < ms <= 20_000)
    say(failed(lambda: stub.hold(pb.HoldRequest(), timeout=0.5))["code"])
    say(failed(lambda: stub.hold(pb.HoldRequest(), timeout=0))["code"])


def cancel_unary(stub):
    call = stub.hold.future(pb.HoldRequest(), timeout=PATIENCE)
    told()
    say([call.cancel(), call.code().name])
    told()


def cancel_stream(stub):
    items = stub.endless(pb.EndlessRequest(), timeout=PATIENCE)
    say([next(items).value, next(items).value])
    items.cancel()
    say(failed(lambda: list(items))["code"])
    told()


def lost(stub):
    # One that nobody holds is cancelled.
    call = stub.hold.future(pb.HoldRequest(), timeout=PATIENCE)
    told()
    call.cancel()


def large(stub):
    text = "ä" * (MIB * 3 // 2)
    say(stub.text(pb.Text(text=text), timeout=PATIENCE).text == text)
    say(failed(lambda: stub.text(pb.Text(text="x" * (4 * MIB + 1)), timeout=PATIENCE)))
    # What this side would refuse the other does not send.
    say(failed(lambda: stub.blob(pb.BlobRequest(size=5 * MIB), timeout=PATIENCE)))
    say(len(stub.blob(pb.BlobRequest(size=4 * MIB - 100), timeout=PATIENCE).data))
    # A stream has no limit in all.
    say([len(answer.text) for answer in stub.talk((pb.Text(text="x" * MIB) for _ in range(8)), timeout=PATIENCE)])
    say(stub.text(pb.Text(text="still here"), timeout=PATIENCE).text)


def gzip(stub):
    text = "packed " * 10_000
    say(stub.text(pb.Text(text=text), timeout=PATIENCE, compression=grpc.Compression.Gzip).text == text)
    values = (pb.Value(value=value) for value in range(100))
    say(stub.sum(values, timeout=PATIENCE, compression=grpc.Compression.Gzip).total)
    # 6 MiB that pack to a few kB.
    bomb = pb.Text(text="x" * (6 * MIB))
    say(failed(lambda: stub.text(bomb, timeout=PATIENCE, compression=grpc.Compression.Gzip)))
    say(stub.blob(pb.BlobRequest(size=100_000), timeout=PATIENCE).data == bytes(100_000))


def deflate(stub):
    say(failed(lambda: stub.text(pb.Text(text="x"), timeout=PATIENCE, compression=grpc.Compression.Deflate)))


def health(stub, channel):
    checks = health_pb2_grpc.HealthStub(channel)
    for service in ("", "interop.InteropService", "nobody"):
        request = health_pb2.HealthCheckRequest(service=service)
        try:
            say(health_pb2.HealthCheckResponse.ServingStatus.Name(checks.Check(request, timeout=PATIENCE).status))
        except grpc.RpcError as error:
            say(error.code().name)
    watch = checks.Watch(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
    say(health_pb2.HealthCheckResponse.ServingStatus.Name(next(watch).status))
    watch.cancel()


def drain(stub):
    call = stub.text.future(pb.Text(text="gate"), timeout=PATIENCE)
    told()
    say(call.result().text)
    told()
    say(failed(lambda: stub.text(pb.Text(text="late"), timeout=PATIENCE))["code"])


def main():
    target, scenario = sys.argv[1:]
    work = globals()[scenario]
    with grpc.insecure_channel(target) as channel:
        stub = interop_pb2_grpc.InteropServiceStub(channel)
        work(stub, channel) if work.__code__.co_argcount == 2 else work(stub)


main()
