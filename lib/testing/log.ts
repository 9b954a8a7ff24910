import type { Log } from '../core/log.ts'

/** One line of a log. */
export interface LogLine {
  readonly level: 'error' | 'warn' | 'info'
  readonly details: object
  readonly message: string
}

/** A log that keeps its lines. */
export interface RecordingLog extends Log {
  readonly lines: readonly LogLine[]
}

/** Makes a log for tests: `createApp({ services, log: recordingLog() })` prints nothing and can be asked. */
export function recordingLog(): RecordingLog {
  const lines: LogLine[] = []
  const at =
    (level: LogLine['level']) =>
    (details: object, message: string): void =>
      void lines.push({ level, details, message })
  return { lines, error: at('error'), warn: at('warn'), info: at('info') }
}
