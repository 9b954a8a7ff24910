import { Type } from '@sinclair/typebox'
import { defineService, rpc } from 'microapi-ts'

export const Order = Type.Object({ number: Type.Integer() })

/** What is ordered. */
export const orders = defineService({ placed: rpc.event(Order) })

/** What is made of each order, once. */
export const bills = defineService({ made: rpc.event(Order) })
