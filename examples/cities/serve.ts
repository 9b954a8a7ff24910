/** `npm start`: serves the cities on 127.0.0.1, over HTTP on port 8080 and over gRPC on 50051, or on PORT and GRPC_PORT. */
import { serve } from 'microapi-ts'
import { grpc } from 'microapi-ts/grpc'
import { http } from 'microapi-ts/http'
import { app } from './app.ts'
// The numbers that the .proto files were written with hold for the server too.
import protoLock from './proto/proto.lock.json' with { type: 'json' }

const { PORT = '8080', GRPC_PORT = '50051' } = process.env
const server = await serve(app, [http({ port: Number(PORT) }), grpc({ port: Number(GRPC_PORT), protoLock })])
const [httpUrl, grpcUrl] = server.urls
const url = `${httpUrl}/cities`

console.log(`Serving 135,233 cities. Ctrl-C stops it. In another terminal:

  # one message, one answer
  curl -s --json '{"id": 2661552}' ${url}/get_city

  # a stream of answers
  curl -sN --json '{"name": "Spring", "country": "US", "limit": 3}' ${url}/search_cities

  # a stream of messages: an array, or a line for each
  curl -s --json '[{"city_id": 2661552}, {"city_id": 2988507, "nights": 3}]' ${url}/sum_up_journey

  # a stream each way
  printf '{"lat": 46.9, "lon": 7.5}\\n{"lat": 0, "lon": 0}\\n' |
    curl -sN -X POST -T - -H 'content-type: application/x-ndjson' ${url}/nearest_cities

  # an error
  curl -s --json '{"id": "Bern"}' ${url}/get_city

  # the same from TypeScript, over HTTP and over gRPC
  npm run example -- ${httpUrl}
  npm run example -- ${grpcUrl}

  # and over a queue of RabbitMQ, where it serves the cities itself
  npm run example -- --via 'amqp://127.0.0.1:5672?queue=cities'

  # the same from Python, over gRPC: examples/grpc-python/README.md says what it needs
  bash examples/grpc-python/run.sh ${grpcUrl!.replace('grpc://', '')}
`)
