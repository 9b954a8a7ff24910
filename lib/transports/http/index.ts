import type { TransportFactory } from '../../core/registry.ts'
export const http: TransportFactory = { schemes: ['http'], fromAddress: () => { throw new Error('not yet') } }
