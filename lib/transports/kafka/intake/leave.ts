import type { Cluster } from 'kafkajs'

/** What kafkajs's Broker can do too, beside what its types say. */
interface Coordinator {
  leaveGroup?(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>
}

/** Until a broker that cannot do it yet is asked again, in ms. */
const againMs = 100

/**
 * Takes a member out of its group in the name of one that could not do so: its brokers were gone. Until its session ends
 * the group would wait for it, and give nothing to anyone meanwhile. A broker that has just come back does not know its
 * groups yet: it is asked for as long as `mayAsk` says so. Never rejects.
 */
export async function takeOut(
  cluster: Pick<Cluster, 'findGroupCoordinator'> | undefined,
  member: { readonly groupId: string; readonly memberId: string },
  mayAsk: () => boolean,
): Promise<void> {
  while (mayAsk()) {
    try {
      const coordinator = (await cluster?.findGroupCoordinator(member)) as Coordinator | undefined
      await coordinator?.leaveGroup?.(member)
      return
    } catch (error) {
      // It is out already, or goes with its session.
      if ((error as { readonly retriable?: unknown }).retriable !== true) return
      await new Promise((resolve) => setTimeout(resolve, againMs))
    }
  }
}
