import type { Engine } from '../engine.ts'
import { connect } from './client.ts'
import { createServer } from './server.ts'

/** Node's own HTTP/2, behind the same face. */
export const nodeEngine: Engine = { createServer, connect }
