/** Whether a scope grants a permission: by Node-RED's own rules, in which "read" grants everything that ends in it. */
export function grants(scope: unknown, permission: string): boolean {
  if (Array.isArray(scope)) return scope.some((one) => grants(one, permission))
  if (scope === '*' || scope === permission) return true
  const kind =
    scope === 'read' || scope === '*.read'
      ? 'read'
      : scope === 'write' || scope === '*.write'
        ? 'write'
        : null
  return kind !== null && (permission === kind || permission.endsWith(`.${kind}`))
}

/** What the contract names; plugins may add their own. */
const ofTheContract = ['backup.read', 'backup.write', 'backup.operate']

export function permissionsOf(scope: unknown, known: Iterable<string>): ReadonlySet<string> {
  return new Set([...ofTheContract, ...known].filter((permission) => grants(scope, permission)))
}
