import { defineService, rpc } from 'microapi-ts'
import { Type } from '@sinclair/typebox'
import { City } from '../../grpc/contract.ts'

const Visit = Type.Object({ id: Type.Integer(), visitor: Type.String() })

/** Calls of one visitor run in their order; those of others need not wait for them. */
export const visits = defineService({
  pay: rpc.unary(Visit, City, { key: ({ visitor }) => visitor }),
})
