import type { Description, ServiceTable } from '../../core/transport.ts'
import { healthService } from './health.ts'
import type { GrpcSettings } from './options.ts'
import { codecsOf } from './protobuf.ts'

/** The services that every gRPC server is expected to have. They are protobuf, and not offered where that is off. */
export async function ownServices(describe: Description, settings: GrpcSettings): Promise<ServiceTable> {
  const codecs = await codecsOf(describe.methods, settings)
  if (!codecs) return {}
  return settings.health ? { grpc_health_v1: healthService(describe, codecs) } : {}
}
