import { renderMeasure, renderRemoveProfile } from '../../views/index.ts'
import { html, json } from '../answer.ts'
import { type Body, field, readBody, refused } from '../body.ts'
import type { Exchange } from '../exchange.ts'
import { previewModel } from '../page.ts'
import type { Route } from '../route.ts'
import { RefusedForm } from '../settings-routes.ts'
import { answerDone } from './answer-done.ts'
import { chosenProfile } from './chosen-profile.ts'
import type { SystemParts } from './parts.ts'
import { newProfileFromForm, profileChangeFromForm, typedInProfile } from './profile-form.ts'
import { operate } from './system-routes.ts'

/** Profiles themselves: their settings, a new one, one that goes, and what takes the most space. */
export function profileRoutes(parts: SystemParts): readonly Route[] {
  const { settings, ofProfile, pages, profiles, runs } = parts
  return [
    operate('POST', '/settings', async (exchange) => {
      const { body, profile } = await about(parts, exchange)
      const change = await changeIn(parts, profile, body)
      const saved = await keepingTyped(body, settings.save(profile, change, exchange.caller.user))
      return answerDone(parts, exchange, { done: 'saved', profile }, () => json({ settings: saved }))
    }),
    operate('POST', '/settings/preview', async (exchange) => {
      const { body, profile } = await about(parts, exchange)
      const change = await changeIn(parts, profile, body)
      const preview = await keepingTyped(body, ofProfile.preview(profile, change))
      if (!exchange.wantsHtml) return json({ preview: previewModel(preview) })
      return pages.overview(exchange, { profile, form: { values: typedIn(body), preview } })
    }),
    operate('POST', '/exclude', async (exchange) => {
      const { body, profile } = await about(parts, exchange)
      const saved = await settings.exclude(profile, excludedIn(body), exchange.caller.user)
      return answerDone(parts, exchange, { done: 'excluded', profile }, () => json({ settings: saved }))
    }),
    operate('GET', '/measure', async (exchange) => {
      const profile = await chosenProfile(profiles, exchange)
      const measured = await runs.measure(profile, exchange.request.signal)
      const { sources } = (await profiles.site(profile)).profile
      const shown = measured.map(({ id, files, bytes, largest }) => {
        const kind = sources.find((one) => one.id === id)?.kind ?? 'directory'
        return { id, kind, files, bytes, largest }
      })
      if (!exchange.wantsHtml) return json({ sources: shown })
      return html(renderMeasure({ ...(await pages.frame(exchange, profile)), profile, sources: shown }))
    }),
    operate('GET', '/profiles/new', async (exchange) => pages.newProfile(exchange)),
    operate('POST', '/profiles', async (exchange) => {
      const body = await readBody(exchange)
      const wanted = body.kind === 'form' ? newProfileFromForm(body.fields) : body.value
      const added = await keepingTyped(body, settings.add(wanted, exchange.caller.user))
      return answerDone(parts, exchange, { done: 'added', profile: added.id }, () =>
        json({ settings: added }, 201),
      )
    }),
    operate('GET', '/profiles/remove', async (exchange) => {
      const profile = await chosenProfile(profiles, exchange)
      const { vault } = await profiles.site(profile)
      if (!exchange.wantsHtml) return json({ profile, folder: vault.folder })
      return html(
        renderRemoveProfile({ ...(await pages.frame(exchange, profile)), profile, folder: vault.folder }),
      )
    }),
    operate('POST', '/profiles/remove', async (exchange) => {
      const body = await readBody(exchange)
      const named = field(body, 'profile')
      // Also one that can't be used, and never the only one because nobody said which.
      const id = typeof named === 'string' ? named : ''
      await settings.remove(id, exchange.caller.user)
      return answerDone(parts, exchange, { done: 'removed', profile: null }, () => json({ removed: id }))
    }),
  ]
}

async function about(parts: SystemParts, exchange: Exchange) {
  const body = await readBody(exchange)
  return { body, profile: await chosenProfile(parts.profiles, exchange, body) }
}

async function changeIn({ profiles }: SystemParts, profile: string, body: Body): Promise<unknown> {
  if (body.kind === 'form') return profileChangeFromForm(body.fields, (await profiles.site(profile)).profile)
  const { profile: _, ...change } = body.value as Record<string, unknown>
  return change
}

const typedIn = (body: Body) => (body.kind === 'form' ? typedInProfile(body.fields) : {})

async function keepingTyped<T>(body: Body, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new RefusedForm(error, typedIn(body))
  }
}

function excludedIn(body: Body): { readonly source: string; readonly path: string } {
  const [source, path] = [field(body, 'source'), field(body, 'path')]
  if (typeof source === 'string' && typeof path === 'string' && path !== '') return { source, path }
  throw refused('Name the "source", and the "path" in it that is to be left out.', { field: 'path' })
}
