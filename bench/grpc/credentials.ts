/** The metadata that our client sends with each call, and that our middleware asks for. */
export const credentials = { authorization: 'Bearer 5a3c9e' }
