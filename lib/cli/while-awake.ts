/** What a timer can hold at most, in ms. */
const longestMs = 2_147_483_647

/** So long may it take to close a connection in order, in ms. */
const closeMs = 2_000

/** Does something that nothing else keeps the process for: transports hold none open while they only wait. */
export async function whileAwake<T>(work: () => Promise<T>): Promise<T> {
  const awake = setInterval(() => {}, longestMs)
  try {
    return await work()
  } finally {
    clearInterval(awake)
  }
}

/** Closes a client, and waits for that a short time at most. */
export async function closeSoon(client: { close(): Promise<void> }): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeMs)))
  await Promise.race([client.close(), late]).finally(() => clearTimeout(timer))
}
