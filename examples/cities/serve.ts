/** `npm start`: serves the cities on 127.0.0.1, on port 8080 or the one that PORT names. */
import { serve } from 'microapi-ts'
import { http } from 'microapi-ts/http'
import { app } from './app.ts'

const server = await serve(app, [http({ port: Number(process.env['PORT'] ?? 8080) })])
const url = `${server.urls[0]}/cities`

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

  # the same from TypeScript
  npm run example -- ${server.urls[0]}
`)
