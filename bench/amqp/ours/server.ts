import { mergeApps, serve } from 'microapi-ts'
import { amqp } from 'microapi-ts/amqp'
import type { ServerModule } from '../../harness/peer.ts'
import { app } from '../../grpc/ours/app.ts'
import { openPlace, urlOf } from '../place.ts'
import { eventsApp } from './events.ts'

/** The app that gRPC's suite has too, all on: checks, a middleware, metadata, deadlines, limits. Variant: `events`. */
export const startServer: ServerModule['startServer'] = async (variant) => {
  const place = openPlace('ours')
  const server = await serve(variant === 'events' ? mergeApps(app, eventsApp) : app, amqp(place))
  return { url: urlOf(place), close: () => server.close() }
}
