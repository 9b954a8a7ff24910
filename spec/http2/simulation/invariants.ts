import type { Connection } from '../../../lib/http2/connection.ts'
import type { DynamicTable } from '../../../lib/http2/hpack/dynamic-table.ts'
import type { Lane } from './lane.ts'

/** What must hold between two ends when nothing is on its way and everything was consumed. */
export function checkWindows(lane: Lane, what: string): void {
  const { sender, receiver } = lane
  const hop = lane.relay?.windows
  const problems: string[] = []
  const equal = (name: string, value: number, wanted: number): void => {
    if (value !== wanted) problems.push(`${name} is ${value}; it should be ${wanted}`)
  }
  const { connectionWindow } = receiver.settings
  equal(
    'receive window and credit of the connection',
    receiver.receiveWindow + receiver.credit,
    connectionWindow,
  )
  equal(
    'send window of the connection',
    sender.sendWindow - (hop?.connectionDebt ?? 0),
    receiver.receiveWindow,
  )
  for (const stream of receiver.streams.all()) {
    if (stream.remoteEnded) continue
    const { id } = stream
    const mine = sender.streams.get(id)
    equal(`held by stream ${id}`, stream.held, 0)
    equal(
      `receive window and credit of stream ${id}`,
      stream.receiveWindow + stream.credit,
      receiver.announcedWindow,
    )
    if (!mine) problems.push(`the sender does not know stream ${id} any more`)
    else equal(`send window of stream ${id}`, mine.sendWindow - (hop?.debtOf(id) ?? 0), stream.receiveWindow)
  }
  for (const stream of sender.streams.all()) {
    if (stream.waiting)
      problems.push(
        `${stream.queued} octets wait on stream ${stream.id} with a window of ${stream.sendWindow}, ${sender.sendWindow} on the connection`,
      )
  }
  if (sender.announced.length > 0) problems.push(`${sender.announced.length} SETTINGS are not acknowledged`)
  if (sender.pings.length > 0) problems.push(`${sender.pings.length} PINGs are not answered`)
  if (receiver.incoming.partial || receiver.incoming.headers)
    problems.push('a frame or a header block is not complete')
  complain(what, problems)
}

/** What must hold when every stream has ended. */
export function checkEmpty(connection: Connection, what: string): void {
  const problems: string[] = []
  const { streams, waiting, line, openByPeer, openByUs, pings, output } = connection
  const { first, last } = line as unknown as { first: unknown; last: unknown }
  if (streams.size > 0)
    problems.push(
      `streams ${streams
        .all()
        .map(({ id }) => id)
        .join(', ')} are left`,
    )
  if (waiting.size > 0) problems.push(`${waiting.size} streams wait to be opened`)
  if (first || last) problems.push('a stream stands in the line')
  if (openByPeer !== 0 || openByUs !== 0)
    problems.push(`${openByPeer} and ${openByUs} streams are counted as open`)
  if (pings.length > 0) problems.push(`${pings.length} PINGs are not answered`)
  if (output.at !== 0) problems.push(`${output.at} octets were not flushed`)
  complain(what, problems)
}

/** The encoder of one side and the decoder of the other have the same table. */
export function checkTables(lane: Lane, what: string): string {
  const mine = entriesOf(lane.sender.encoder)
  const theirs = entriesOf(lane.receiver.decoder)
  if (mine !== theirs) throw new Error(`${what}: the tables differ: encoder ${mine}, decoder ${theirs}`)
  return mine
}

function entriesOf(coder: object): string {
  const { table } = coder as { table: DynamicTable }
  const entries: string[] = []
  for (let i = 62; i < 62 + table.count; i++) entries.push(`${table.nameAt(i)}: ${table.valueAt(i)}`)
  return JSON.stringify({ limit: table.limit, size: table.size, entries })
}

function complain(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${what}: ${problems.join('; ')}`)
}
