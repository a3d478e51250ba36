import { Icon, type IconName } from '../icons.tsx'
import type { View } from '../view.ts'
import type { BrokenProfileModel, ProfileTabModel, SystemModel } from './model.ts'

const icons = {
  protected: 'shield',
  attention: 'warning',
  first: 'clock',
  never: 'shield-open',
} as const satisfies Record<ProfileTabModel['state'], IconName>

/** The profiles to go to; with a single one there is nothing to choose. */
export function ProfileTabs({ view, model }: { readonly view: View; readonly model: SystemModel }) {
  if (model.profiles.length < 2) return null
  const { system } = view.text
  return (
    <nav class="tabs" aria-label={system.profiles}>
      <ul>
        {model.profiles.map(({ id, state }) => (
          <li>
            <a
              class={`tab ${state}`}
              href={`${view.base}?profile=${encodeURIComponent(id)}`}
              aria-current={id === model.shown?.profile ? 'page' : undefined}
            >
              <Icon name={icons[state]} />
              <bdi>{id}</bdi>
              {state === 'attention' && <span class="hidden">{` (${system.board.states.overdue})`}</span>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

export function BrokenProfiles({
  view,
  broken,
}: {
  readonly view: View
  readonly broken: readonly BrokenProfileModel[]
}) {
  const words = view.text.system
  return broken.map(({ id, problems }) => (
    <div class="notice problem" role="alert">
      <Icon name="cross" />
      <div>
        <p>
          <strong>
            <bdi>{words.broken(id)}</bdi>
          </strong>{' '}
          {words.brokenHint}
        </p>
        <ul>
          {problems.map(({ field, message }) => (
            <li>
              <code>
                <bdi>{field}</bdi>
              </code>
              {': '}
              {message}
            </li>
          ))}
        </ul>
      </div>
    </div>
  ))
}
