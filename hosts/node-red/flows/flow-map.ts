import type { NodeConfig, Red } from '../red.ts'

/** The flows as they are deployed now, running or not. */
export class FlowMap {
  readonly #nodes = new Map<string, NodeConfig>()
  readonly #sources = new Map<string, NodeConfig[]>()

  constructor(red: Pick<Red, 'nodes'>) {
    for (const node of deployed(red)) this.#nodes.set(node.id, node)
    for (const node of this.#nodes.values())
      for (const target of targetsOf(node)) this.#addSource(target, node)
  }

  /** In the order of the flow file. */
  ofType(type: string): readonly NodeConfig[] {
    return [...this.#nodes.values()].filter((node) => node.type === type)
  }

  /** Neither disabled itself nor in a disabled tab. Inside a subflow, some use of it has to be enabled. */
  isEnabled(node: NodeConfig): boolean {
    if (node.d === true) return false
    const place = node.z === undefined ? undefined : this.#nodes.get(node.z)
    if (place === undefined) return true
    if (place.type !== 'subflow') return place.disabled !== true
    return this.ofType(`subflow:${place.id}`).some((use) => this.isEnabled(use))
  }

  /** Whose messages reach the node directly. */
  sources(node: NodeConfig): readonly NodeConfig[] {
    return this.#enabledSources(node.id)
  }

  /** Where messages that reach the node begin: nodes that nothing is wired into. */
  origins(node: NodeConfig): readonly NodeConfig[] {
    const seen = new Set<string>([node.id])
    const origins: NodeConfig[] = []
    const waiting = [...this.#enabledSources(node.id)]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next.id)) continue
      seen.add(next.id)
      const before = this.#enabledSources(next.id)
      if (before.length === 0) origins.push(next)
      waiting.push(...before)
    }
    return origins
  }

  #enabledSources(id: string): readonly NodeConfig[] {
    return (this.#sources.get(id) ?? []).filter((source) => this.isEnabled(source))
  }

  #addSource(target: string, node: NodeConfig): void {
    const sources = this.#sources.get(target) ?? []
    if (!sources.includes(node)) this.#sources.set(target, [...sources, node])
  }
}

/** Wires, and the links that a `link out` or `link call` node has to `link in` nodes. */
function targetsOf(node: NodeConfig): readonly string[] {
  const wires = Array.isArray(node.wires) ? node.wires.flat() : []
  const links = node.type !== 'link in' && Array.isArray(node.links) ? node.links : []
  return [...wires, ...links].filter((target) => typeof target === 'string')
}

function deployed(red: Pick<Red, 'nodes'>): readonly NodeConfig[] {
  const nodes: NodeConfig[] = []
  try {
    red.nodes.eachNode((node) => void nodes.push(node))
  } catch (error) {
    // While plugins load there are no flows yet, and Node-RED trips over that.
    if (!(error instanceof TypeError)) throw error
  }
  return nodes
}
