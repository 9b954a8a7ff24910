/** What `file.ts:name` or `file.ts:name()` says. */
export interface AppArgument {
  readonly file: string
  /** The export's name. */
  readonly name: string
  /** Whether it is a function that makes the app. */
  readonly isFactory: boolean
}

/** Reads `path/to/file.ts:app`; the name is `app` where there is none. A drive's letter (`C:\app.ts`) is no file. */
export function parseAppArgument(text: string): AppArgument {
  const [, file = text, name = 'app', call] =
    /^(.{2,}?):([\p{ID_Start}$_][\p{ID_Continue}$]*)(\(\))?$/u.exec(text) ?? []
  return { file, name, isFactory: call !== undefined }
}
