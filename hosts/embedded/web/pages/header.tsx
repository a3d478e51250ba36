import type { FC, PropsWithChildren } from 'hono/jsx'
import { adminPath, dataPath } from '../../paths.ts'
import { type Language, textIn } from '../text/index.ts'

export interface HeaderModel {
  readonly language: Language
  readonly userName: string
  /** Null when the user acts for none. */
  readonly tenantName: string | null
  readonly choosesTenant: boolean
  readonly mayAdminister: boolean
  readonly maySeeData: boolean
  /** Path of the page that the header stands on. */
  readonly current: string
}

/**
 * Stands above the host's own pages and those of plugins, whose stylesheet it shares the page with: so it brings its
 * own, and every class is its own.
 */
export const Header: FC<{ model: HeaderModel }> = ({ model }) => {
  const text = textIn(model.language)
  return (
    <>
      <link rel="stylesheet" href="/host.css" />
      <header class="host-header">
        <div class="host-header-row">
          <a class="host-brand" href="/">
            <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path d="M4 7l8-4 8 4v10l-8 4-8-4z" />
              <path d="M4 7l8 4 8-4M12 11v10" />
            </svg>
            Automate
          </a>
          <nav class="host-nav" aria-label={text.nav.label}>
            {model.maySeeData && <NavLink path={dataPath} label={text.nav.data} current={model.current} />}
            {model.mayAdminister && (
              <NavLink path={adminPath} label={text.nav.admin} current={model.current} />
            )}
          </nav>
          <div class="host-who">
            {model.tenantName !== null && <bdi class="host-tenant">{model.tenantName}</bdi>}
            {model.choosesTenant && (
              <a class="host-link" href={`/session/tenant?next=${encodeURIComponent(model.current)}`}>
                {text.nav.chooseTenant}
              </a>
            )}
            <span class="host-user">
              <span class="host-hidden">{text.nav.signedInAs} </span>
              <bdi>{model.userName}</bdi>
            </span>
            <SmallForm
              action="/session/language"
              name="language"
              value={text.otherLanguage.code}
              next={model.current}
            >
              <span lang={text.otherLanguage.code}>{text.otherLanguage.name}</span>
            </SmallForm>
            <SmallForm action="/logout">{text.nav.signOut}</SmallForm>
          </div>
        </div>
      </header>
    </>
  )
}

const NavLink: FC<{ path: string; label: string; current: string }> = ({ path, label, current }) => {
  const here = current === path || current.startsWith(`${path}/`)
  return (
    <a
      class="host-link"
      href={path}
      {...(here ? { 'aria-current': current === path ? 'page' : 'true' } : {})}
    >
      {label}
    </a>
  )
}

const SmallForm: FC<PropsWithChildren<{ action: string; name?: string; value?: string; next?: string }>> = (
  props,
) => (
  <form class="host-form" method="post" action={props.action}>
    {props.name && <input type="hidden" name={props.name} value={props.value} />}
    {props.next && <input type="hidden" name="next" value={props.next} />}
    <button class="host-button" type="submit">
      {props.children}
    </button>
  </form>
)
