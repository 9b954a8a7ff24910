"""A server of Python's grpcio. usage: python-server.py

Prints its port, and then what happens to its calls, a JSON value a line. Ends with its input.
"""

import json
import queue
import sys
import threading
from concurrent import futures

import grpc
from google.protobuf import any_pb2, struct_pb2

import interop_pb2 as pb
import interop_pb2_grpc
import python_status_pb2 as status_pb2

CODES = {code.value[0]: code for code in grpc.StatusCode}
lines = queue.SimpleQueue()


def say(**event):
    lines.put(json.dumps(event))


class Interop(interop_pb2_grpc.InteropServiceServicer):
    def everything(self, request, context):
        say(
            big=str(request.big),
            whole=request.whole,
            when=request.when.ToJsonString(),
            colour=pb.Everything.Colour.Name(request.colour),
            kind=request.shape.WhichOneof("kind"),
            counts=dict(request.counts),
            bytes=list(request.bytes),
            maybe=request.maybe if request.HasField("maybe") else None,
        )
        return request

    def text(self, request, context):
        return request

    def count(self, request, context):
        for value in range(request.to):
            yield pb.Value(value=value)

    def sum(self, request_iterator, context):
        values = [request.value for request in request_iterator]
        return pb.SumResponse(count=len(values), total=sum(values))

    def talk(self, request_iterator, context):
        for request in request_iterator:
            yield request

    def blob(self, request, context):
        return pb.BlobResponse(data=bytes(request.size))

    def mirror(self, request, context):
        seen = dict(context.invocation_metadata())
        context.send_initial_metadata((("x-header", "a"), ("x-header", "b"), ("x-header-bin", b"\x00\xff")))
        context.set_trailing_metadata((("x-trailer", "c, d"), ("x-trailer-bin", b"\x01\x02\x03")))
        return pb.MirrorResponse(who=seen["who"], raw=seen["raw-bin"])

    def fail(self, request, context):
        context.abort(CODES[request.code], request.message)

    def fail_after(self, request, context):
        for value in range(request.items):
            yield pb.Value(value=value)
        context.abort(grpc.StatusCode.ABORTED, "gone")

    def buy(self, request, context):
        info, struct = any_pb2.Any(), any_pb2.Any()
        info.Pack(status_pb2.ErrorInfo(reason="OUT_OF_STOCK", domain="interop"))
        left = struct_pb2.Struct()
        left.update({"left": request.left})
        struct.Pack(left)
        status = status_pb2.Status(code=9, message="nothing left", details=[info, struct])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "nothing left")

    def hold(self, request, context):
        ended = threading.Event()
        context.add_callback(ended.set)
        say(event="hold began")
        ended.wait()
        say(event="hold ended")
        return pb.HoldResponse()

    def endless(self, request, context):
        context.add_callback(lambda: say(event="endless ended"))
        value = 0
        while context.is_active():
            yield pb.Value(value=value)
            value += 1

    def left(self, request, context):
        # The most that a double can say stands for none.
        ms = context.time_remaining()
        return pb.LeftResponse(ms=-1 if ms is None or ms > 1e9 else round(ms * 1000))


def main():
    compression = grpc.Compression.Gzip if "gzip" in sys.argv else grpc.Compression.NoCompression
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), compression=compression)
    interop_pb2_grpc.add_InteropServiceServicer_to_server(Interop(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    say(port=port)
    threading.Thread(target=print_lines, daemon=True).start()
    for line in sys.stdin:
        if line.strip() == "stop":
            server.stop(grace=5)
            say(event="stopping")
    server.stop(grace=None)


def print_lines():
    while True:
        print(lines.get(), flush=True)


main()
