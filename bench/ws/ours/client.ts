import { ws } from 'microapi-ts/ws'
import type { PeerClient } from '../../harness/peer.ts'
import { callsOver } from '../../grpc/ours/calls.ts'

/** The client that gRPC's suite has too: checks, metadata, a deadline. */
export const createClient = (url: string): PeerClient => callsOver(ws({ port: Number(new URL(url).port) }))
