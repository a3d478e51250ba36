import { Icon, type IconName } from './icons.tsx'
import type { BackupModel } from './model.ts'
import type { View } from './view.ts'

type Proof = 'proven' | 'damaged' | 'checked' | 'unproven'

const looks = {
  proven: ['good', 'check'],
  damaged: ['bad', 'cross'],
  checked: ['note', 'ring'],
  unproven: ['plain', 'question'],
} as const satisfies Record<Proof, readonly [string, IconName]>

/** Damage is never hidden by an older success of another kind. */
export function proofOf({ proven, checked }: BackupModel): Proof {
  if (proven?.outcome === 'failed' || checked?.outcome === 'failed') return 'damaged'
  if (proven) return 'proven'
  return checked ? 'checked' : 'unproven'
}

export function Badges({ view, backup }: { readonly view: View; readonly backup: BackupModel }) {
  const proof = proofOf(backup)
  const [look, icon] = looks[proof]
  return (
    <>
      <span class={`badge ${look}`}>
        <Icon name={icon} />
        {view.text.list[proof]}
      </span>
      {backup.protected && (
        <span class="badge note">
          <Icon name="lock" />
          {view.text.list.protected}
        </span>
      )}
    </>
  )
}
