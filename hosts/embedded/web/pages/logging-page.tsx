import type { AuditEntry, Tenant } from 'automate-plugin-backup/host'
import type { FC } from 'hono/jsx'
import { adminPath, loggingPath } from '../../paths.ts'
import type { AuditFilter } from '../../store/audit-log.ts'
import { type Text, textIn, timeInWords } from '../text/index.ts'
import type { Visitor } from '../visitor.ts'
import { Pager, page, Time } from './frame.tsx'
import type { HeaderModel } from './header.tsx'

export interface LoggingModel {
  readonly visitor: Visitor
  readonly header: HeaderModel
  readonly entries: readonly AuditEntry[]
  readonly total: number
  readonly page: number
  readonly pages: number
  readonly filter: AuditFilter
  readonly actions: readonly string[]
  /** More than one only for those who may look at all of them. */
  readonly tenants: readonly Tenant[]
  readonly choosesTenant: boolean
}

export function loggingPage(model: LoggingModel): string {
  const text = textIn(model.visitor.language)
  return page(
    {
      language: model.visitor.language,
      title: text.logging.title,
      header: model.header,
      crumbs: [{ label: text.nav.admin, path: adminPath }],
    },
    <>
      <FilterForm model={model} text={text} />
      <section class="host-card">
        {model.entries.length === 0 ? <p>{text.logging.empty}</p> : <Entries model={model} text={text} />}
        <Pager
          language={model.visitor.language}
          page={model.page}
          pages={model.pages}
          link={(number) => `${loggingPath}?${queryOf(model.filter, model.choosesTenant, number)}`}
        />
      </section>
    </>,
  )
}

const FilterForm: FC<{ model: LoggingModel; text: Text }> = ({ model: { filter, ...model }, text }) => (
  <search class="host-card" aria-label={text.logging.filter}>
    <form class="host-filter" method="get" action={loggingPath}>
      <label class="host-field">
        {text.logging.text}
        <input type="search" name="text" value={filter.text} />
      </label>
      <Choice label={text.logging.action} name="action" value={filter.action} all={text.logging.all}>
        {model.actions.map((action) => [action, action])}
      </Choice>
      <Choice label={text.logging.outcome} name="outcome" value={filter.outcome} all={text.logging.all}>
        {Object.entries(text.logging.outcomes)}
      </Choice>
      {model.choosesTenant && (
        <Choice label={text.logging.tenant} name="tenant" value={filter.tenant ?? ''} all={text.logging.all}>
          {model.tenants.map((tenant) => [tenant.id, tenant.displayName])}
        </Choice>
      )}
      <button class="host-plain" type="submit">
        {text.logging.apply}
      </button>
    </form>
  </search>
)

const Choice: FC<{
  label: string
  name: string
  value: string
  all: string
  children: [string, string][]
}> = (props) => (
  <label class="host-field">
    {props.label}
    <select name={props.name}>
      <option value="">{props.all}</option>
      {props.children.map(([value, shown]) => (
        <option value={value} selected={value === props.value}>
          {shown}
        </option>
      ))}
    </select>
  </label>
)

const Entries: FC<{ model: LoggingModel; text: Text }> = ({ model, text }) => (
  <table class="host-table">
    <caption>{text.logging.caption(model.total)}</caption>
    <thead>
      <tr>
        <th scope="col">{text.logging.time}</th>
        <th scope="col">{text.logging.who}</th>
        <th scope="col">{text.logging.what}</th>
        <th scope="col">{text.logging.outcome}</th>
        <th scope="col">{text.logging.details}</th>
      </tr>
    </thead>
    <tbody>
      {model.entries.map((entry) => (
        <Entry entry={entry} model={model} text={text} />
      ))}
    </tbody>
  </table>
)

const Entry: FC<{ entry: AuditEntry; model: LoggingModel; text: Text }> = ({ entry, model, text }) => {
  const id = 'tenant' in entry.scope ? entry.scope.tenant : null
  const tenant = model.tenants.find((candidate) => candidate.id === id)
  const details = Object.entries(entry.details)
  return (
    <tr>
      <td data-label={text.logging.time}>
        <Time iso={entry.at} label={timeInWords(entry.at, tenant?.timeZone ?? 'UTC', text)} />
        {model.choosesTenant && <small>{tenant?.displayName ?? id ?? text.automate.system}</small>}
      </td>
      <td data-label={text.logging.who}>
        <bdi>{entry.actor?.name ?? text.logging.nobody}</bdi>
      </td>
      <td data-label={text.logging.what}>
        <span class="host-strong">{entry.action}</span>
        {entry.target && (
          <small class="host-wrap">
            <bdi>{entry.target}</bdi>
          </small>
        )}
      </td>
      <td data-label={text.logging.outcome}>
        <span class={`host-badge ${outcomeBadges[entry.outcome]}`}>
          {text.logging.outcomes[entry.outcome]}
        </span>
      </td>
      <td data-label={text.logging.details} class="host-wrap">
        {details.map(([name, value]) => (
          <small>
            {name}: <bdi>{typeof value === 'string' ? value : JSON.stringify(value)}</bdi>
          </small>
        ))}
      </td>
    </tr>
  )
}

const outcomeBadges = { success: 'host-ok', failure: 'host-bad', cancelled: 'host-none' } as const

function queryOf(filter: AuditFilter, choosesTenant: boolean, number: number): string {
  const { text, action, outcome, tenant } = filter
  const wanted = { text, action, outcome, tenant: choosesTenant ? (tenant ?? '') : '', page: String(number) }
  return new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== '')).toString()
}
