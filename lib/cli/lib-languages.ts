/** What a client library can be written in. */
export const libLanguages = ['ts', 'python'] as const
