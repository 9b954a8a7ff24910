import { Type } from '@sinclair/typebox'
import { t } from '../../../core/schema/t.ts'

/** Asks for a service by its name; '' is the whole server. */
export const HealthRequest = Type.Object(
  { service: t.Default(Type.String(), '') },
  { $id: 'HealthCheckRequest' },
)
/** Whether it takes calls. */
export const HealthResponse = Type.Object(
  {
    status: Type.Union([
      Type.Literal('SERVING'),
      Type.Literal('NOT_SERVING'),
      Type.Literal('SERVICE_UNKNOWN'),
    ]),
  },
  { $id: 'HealthCheckResponse' },
)
