/** What both sides agree on in the handshake, to go beyond what the Python package knows. */
export const protocol = 'microapi.v1'
