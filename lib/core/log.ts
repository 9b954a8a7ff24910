/** Where the framework writes what a person should see. `console` and pino both are one. */
export interface Log {
  error(details: object, message: string): void
  warn(details: object, message: string): void
  info(details: object, message: string): void
}

/** Writes to the console. */
export const consoleLog: Log = {
  error: ({ error, ...details }: { error?: unknown }, message) =>
    console.error(line(message, details), error ?? ''),
  warn: ({ error, ...details }: { error?: unknown }, message) =>
    console.warn(line(message, details), error ?? ''),
  info: (details, message) => console.info(line(message, details)),
}

// JSON escapes CR, LF and everything else by which a value could pretend to be a line of its own.
function line(message: string, details: object): string {
  return Object.keys(details).length === 0 ? message : `${message} ${JSON.stringify(details)}`
}
