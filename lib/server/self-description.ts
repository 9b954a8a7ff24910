import { rpc } from '../core/builder.ts'
import { describeServices, describing, Description, type AppDescription } from '../core/describe.ts'
import type { Log } from '../core/log.ts'
import { Empty } from '../core/schema/t.ts'
import { defineService } from '../core/service.ts'
import type { OpenedApp } from '../core/transport.ts'
import type { App } from './app.ts'
import { beside, type Carried } from './beside.ts'

/**
 * Puts the service beside an app by which it describes itself. No middleware of the app stands before it. Throws a
 * TypeError where the app has a service of that name.
 */
export function selfDescribed(
  { services, version }: App,
  opened: Pick<OpenedApp, 'invoke' | 'describe'>,
  log: Log,
): Carried {
  let made: AppDescription | undefined
  // Written down once: what is no JSON is not in it.
  const describe = (): AppDescription =>
    (made ??= JSON.parse(JSON.stringify(describeServices(services, version))) as AppDescription)
  const service = defineService({
    [describing.method]: rpc.unary(Empty, Description, describe, {
      summary: 'Describes the services of this server, with JSON Schemas.',
      idempotent: true,
    }),
  })
  return beside({ [describing.service]: service }, opened, {
    log,
    taken: (name) =>
      `serve: by "${name}" this server describes itself; rename the service of that name, or leave describe: true out`,
  })
}
