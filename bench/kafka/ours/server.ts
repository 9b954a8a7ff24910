import { mergeApps, serve } from 'microapi-ts'
import { kafka } from 'microapi-ts/kafka'
import { eventsApp } from '../../amqp/ours/events.ts'
import { app } from '../../grpc/ours/app.ts'
import type { ServerModule } from '../../harness/peer.ts'
import { openPlace, urlOf } from '../place.ts'
import { optionsOf } from './options.ts'

/** The app that gRPC's suite has too, all on: checks, a middleware, metadata, deadlines, limits. Variant: `events`. */
export const startServer: ServerModule['startServer'] = async (variant) => {
  const place = openPlace('ours')
  const server = await serve(variant === 'events' ? mergeApps(app, eventsApp) : app, kafka(optionsOf(place)))
  return { url: urlOf(place), close: () => server.close() }
}
