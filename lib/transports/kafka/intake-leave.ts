import type { Cluster } from 'kafkajs'

/** What kafkajs's Broker can do too, beside what its types say. */
interface Coordinator {
  leaveGroup?(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>
}

/**
 * Takes a member out of its group in the name of one that could not do so: its brokers were gone. Until its session ends
 * the group would wait for it, and give nothing to anyone meanwhile. Never rejects.
 */
export async function takeOut(
  cluster: Pick<Cluster, 'findGroupCoordinator'> | undefined,
  member: { readonly groupId: string; readonly memberId: string },
): Promise<void> {
  try {
    const coordinator = (await cluster?.findGroupCoordinator(member)) as Coordinator | undefined
    await coordinator?.leaveGroup?.(member)
  } catch {
    // It is out already, or goes with its session.
  }
}
