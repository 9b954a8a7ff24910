import { connectionError } from './error.ts'
import type { Frame } from './incoming.ts'
import { openWaiting } from './open-stream.ts'
import { takeSetting } from './peer-settings.ts'
import { flags, frameTypes, greatest31, settingIds } from './protocol.ts'
import { pump } from './pump.ts'
import { creditStream } from './receive-window.ts'
import { tell } from './tell.ts'
import type { ConnectionState } from './state.ts'

/** Sends our SETTINGS. Windows and tables follow when the peer has acknowledged them (RFC 9113 §6.5.3). */
export function announce(c: ConnectionState): void {
  const { headerTableSize, maxConcurrentStreams, streamWindow, maxFrameSize, maxHeaderListSize } = c.settings
  c.output.settings({
    headerTableSize,
    ...(c.isServer ? { maxConcurrentStreams } : { enablePush: 0 }),
    initialWindowSize: streamWindow,
    maxFrameSize,
    maxHeaderListSize,
  })
  c.announced.push({ window: streamWindow, tableSize: headerTableSize, at: c.sink.now() })
}

/** A SETTINGS frame of the peer, RFC 9113 §6.5. */
export function onSettings(c: ConnectionState, frame: Frame): void {
  const { streamId: id, buffer, start, end } = frame
  if (id !== 0) throw connectionError('PROTOCOL_ERROR', `SETTINGS on stream ${id}`)
  if ((frame.flags & flags.ack) !== 0) {
    if (!c.ready)
      throw connectionError('PROTOCOL_ERROR', 'an acknowledgement of SETTINGS before the first SETTINGS')
    return onAck(c, end - start)
  }
  if ((end - start) % 6 !== 0) throw connectionError('FRAME_SIZE_ERROR', `SETTINGS of ${end - start} octets`)
  c.flood.count('settings')
  const { peer } = c
  const before = peer.initialWindowSize
  for (let at = start; at < end; at += 6) {
    const name = buffer.readUInt16BE(at)
    takeSetting(peer, name, buffer.readUInt32BE(at + 2), !c.isServer)
    // Each in turn: the smallest one between two header blocks has to be told (RFC 7541 §4.2).
    if (name === settingIds.headerTableSize) c.encoder.setPeerTableSize(peer.headerTableSize)
  }
  const change = peer.initialWindowSize - before
  if (change !== 0) changeWindows(c, change)
  c.output.words(frameTypes.settings, flags.ack, 0)
  if (!c.ready) {
    c.ready = true
    tell(c, () => c.listener.onReady?.())
  }
  if (!c.closed) openWaiting(c)
  pump(c)
}

/** All streams' windows move with the setting, below zero too (RFC 9113 §6.9.2). */
function changeWindows(c: ConnectionState, change: number): void {
  for (const stream of c.streams.all()) {
    stream.sendWindow += change
    if (stream.sendWindow > greatest31)
      throw connectionError(
        'FLOW_CONTROL_ERROR',
        `INITIAL_WINDOW_SIZE makes the window of stream ${stream.id} overflow`,
      )
    if (stream.sendWindow <= 0) c.line.leave(stream)
    else if (stream.waiting !== undefined) c.line.join(stream)
  }
}

function onAck(c: ConnectionState, length: number): void {
  if (length !== 0)
    throw connectionError('FRAME_SIZE_ERROR', `an acknowledgement of SETTINGS with ${length} octets`)
  const now = c.announced.shift()
  // Of SETTINGS that were never sent.
  if (!now) return c.flood.count('settings')
  const change = now.window - c.announcedWindow
  c.announcedWindow = now.window
  for (const stream of c.streams.all()) {
    stream.receiveWindow += change
    // What it had consumed may be half of a smaller window already.
    creditStream(stream, 0)
  }
  c.decoder.setMaxTableSize(now.tableSize)
}
