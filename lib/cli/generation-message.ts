/**
 * With --reload an app runs in a process of its own for each state of its files: a generation. This is what it tells the
 * process that started it.
 */
export type GenerationMessage =
  | { readonly microapi: 'ready' }
  | { readonly microapi: 'file'; readonly file: string }
  | { readonly microapi: 'loaded' }
  | { readonly microapi: 'serving'; readonly banner: readonly string[] }
  | GenerationFailure

/** Why a generation does not serve. */
export interface GenerationFailure {
  readonly microapi: 'failed'
  /** In one line. */
  readonly message: string
  readonly stack: string | undefined
  readonly exitCode: number
  /** Whether no change of a file would mend it, unless another has been served before. */
  readonly isFinal: boolean
}

/** What a generation is asked: to load its app and serve it; to finish its calls and end. */
export type GenerationOrder = { readonly microapi: 'serve' } | { readonly microapi: 'stop' }

/** Whether a message is one of ours: an app may send its own. */
export function isOurs(message: unknown): message is { readonly microapi: string } {
  return typeof message === 'object' && message !== null && 'microapi' in message
}
