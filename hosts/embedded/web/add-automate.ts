import { randomUUID } from 'node:crypto'
import type { AuditEntry, Scope, TaskType } from 'automate-plugin-backup/host'
import type { Express, Request, Response } from 'express'
import { automatePath } from '../paths.ts'
import { isoOf } from '../scheduler/tasks-port.ts'
import { keyOf } from '../store/scope-key.ts'
import { field, pageNumber, query, sendPage, WebProblem, wantsJson, wantsJsonResult } from './answers.ts'
import { headerFor } from './header-for.ts'
import { automatePage } from './pages/automate-page.tsx'
import { editTaskPage } from './pages/edit-task-page.tsx'
import type { WebParts } from './parts.ts'
import { changeIn } from './task-change.ts'
import { type TaskView, taskView } from './task-view.ts'
import { type Text, textIn } from './text/index.ts'
import { theVisitor, type Visitor } from './visitor.ts'

const perPage = 50

type Notice = keyof Text['automate']['notices']

interface TaskChoice {
  readonly type: TaskType
  readonly scope: Scope
}

export function addAutomate(app: Express, parts: WebParts): void {
  app.get(automatePath, (request, response) => {
    const visitor = demand(response, 'automate.read')
    const choices = choicesFor(visitor, parts)
    const { pause } = parts.scheduler
    if (wantsJson(request)) {
      response.json({ tasks: choices.map((choice) => viewOf(choice, visitor, parts)), paused: pause })
      return
    }
    const pages = Math.max(1, Math.ceil(choices.length / perPage))
    const page = Math.min(pageNumber(request), pages)
    const shown = choices.slice((page - 1) * perPage, page * perPage)
    const tasks = shown.map((choice) => viewOf(choice, visitor, parts))
    const notice = noticeOf(query(request, 'notice'), visitor)
    const header = headerFor(request, response, parts)
    const now = parts.clock.now()
    sendPage(response, automatePage({ visitor, header, tasks, pause, now, page, pages, notice }))
  })
  addPausing(app, parts)
  addTask(app, parts)
}

function addPausing(app: Express, parts: WebParts): void {
  app.post(`${automatePath}/pause`, async (request, response) => {
    const visitor = demand(response, 'automate.operate')
    const paused = parts.scheduler.pauseAll(visitor.account.name)
    await record(parts, visitor, 'automate.pause', { system: true }, '', {})
    answer(request, response, { paused }, 'paused')
  })
  app.post(`${automatePath}/resume`, async (request, response) => {
    const visitor = demand(response, 'automate.operate')
    parts.scheduler.resumeAll()
    await record(parts, visitor, 'automate.resume', { system: true }, '', {})
    answer(request, response, { paused: null }, 'resumed')
  })
}

function addTask(app: Express, parts: WebParts): void {
  const path = `${automatePath}/tasks/:type`
  app.get(path, (request, response) => {
    const visitor = demand(response, 'automate.write')
    const task = viewOf(choose(request, query(request, 'tenant'), visitor, parts), visitor, parts)
    if (wantsJson(request)) response.json({ task })
    else
      sendPage(
        response,
        editTaskPage({ visitor, header: headerFor(request, response, parts), task, refusal: null }),
      )
  })
  app.post(path, async (request, response) => {
    const visitor = demand(response, 'automate.write')
    const choice = choose(request, field(request, 'tenant'), visitor, parts)
    const before = parts.scheduler.read(choice.type.id, keyOf(choice.scope))
    const change = changeIn(request.body, {
      active: before.active,
      schedule: parts.scheduler.timetable.scheduleOf(before),
    })
    if ('problem' in change) return refuseChange(request, response, choice, change.problem, parts)
    parts.scheduler.configure(choice.type.id, keyOf(choice.scope), change)
    await record(parts, visitor, 'automate.configure', choice.scope, choice.type.id, change)
    answer(request, response, { task: viewOf(choice, visitor, parts) }, 'saved')
  })
  app.post(`${path}/run`, async (request, response) => {
    const visitor = demand(response, 'automate.write')
    const choice = choose(request, field(request, 'tenant'), visitor, parts)
    const notice = await runOnce(choice, visitor, parts)
    if (wantsJsonResult(request)) response.status(202).json({ task: viewOf(choice, visitor, parts) })
    else back(response, notice)
  })
  app.post(`${path}/cancel`, async (request, response) => {
    const visitor = demand(response, 'automate.write')
    const choice = choose(request, field(request, 'tenant'), visitor, parts)
    const reason = `Cancelled by ${visitor.account.name}`
    const cancelled = parts.scheduler.cancel(choice.type.id, keyOf(choice.scope), reason)
    if (cancelled) await record(parts, visitor, 'automate.cancel', choice.scope, choice.type.id, {})
    answer(request, response, { cancelled }, cancelled ? 'cancelled' : 'idle')
  })
}

/** Asking twice while one waits already is one wish, not two. */
async function runOnce({ type, scope }: TaskChoice, visitor: Visitor, parts: WebParts): Promise<Notice> {
  const { scheduler } = parts
  const key = keyOf(scope)
  const busy = scheduler.flight(type.id, key) !== null
  if (scheduler.queued(type.id, key) > 0) return 'queued'
  const actor = { id: visitor.account.name, name: visitor.account.name }
  await record(parts, visitor, 'automate.run', scope, type.id, {})
  scheduler.runNow(type.id, key, { actor, parameters: {} })
  return busy ? 'queued' : 'started'
}

function choicesFor(visitor: Visitor, { scheduler, tenants }: WebParts): TaskChoice[] {
  const all = visitor.permissions.has('automate.operate')
  const shown = all ? tenants.all() : tenants.all().filter((tenant) => tenant.id === visitor.tenant?.id)
  return scheduler.types.flatMap((type): TaskChoice[] => {
    if (type.per === 'system') return all ? [{ type, scope: { system: true } }] : []
    return shown.map((tenant) => ({ type, scope: { tenant: tenant.id } }))
  })
}

/** The task that a request means: `tenant` names it, else it is that of the tenant the visitor acts for. */
function choose(request: Request, named: string, visitor: Visitor, parts: WebParts): TaskChoice {
  const ofType = choicesFor(visitor, parts).filter((choice) => choice.type.id === request.params.type)
  const wanted = named || visitor.tenant?.id
  const found = ofType.find(({ scope }) => 'system' in scope || scope.tenant === wanted)
  if (found !== undefined) return found
  throw new WebProblem(ofType.length > 0 && wanted === undefined ? 'choose-tenant' : 'not-found')
}

function viewOf({ type, scope }: TaskChoice, visitor: Visitor, parts: WebParts): TaskView {
  return taskView(type, keyOf(scope), parts, visitor.language)
}

function refuseChange(
  request: Request,
  response: Response,
  choice: TaskChoice,
  problem: string,
  parts: WebParts,
): void {
  if (wantsJsonResult(request)) throw new WebProblem('invalid-request', problem)
  const visitor = theVisitor(response)
  const task = viewOf(choice, visitor, parts)
  response.status(422)
  sendPage(
    response,
    editTaskPage({
      visitor,
      header: headerFor(request, response, parts),
      task,
      refusal: { problem, typed: request.body },
    }),
  )
}

function demand(response: Response, permission: string): Visitor {
  const visitor = theVisitor(response)
  if (!visitor.permissions.has(permission)) throw new WebProblem('forbidden')
  return visitor
}

function answer(request: Request, response: Response, body: object, notice: Notice): void {
  if (wantsJsonResult(request)) response.json(body)
  else back(response, notice)
}

function back(response: Response, notice: Notice): void {
  response.redirect(303, `${automatePath}?notice=${notice}`)
}

function noticeOf(value: string, visitor: Visitor): Notice | null {
  return Object.hasOwn(textIn(visitor.language).automate.notices, value) ? (value as Notice) : null
}

async function record(
  { audit, clock }: WebParts,
  visitor: Visitor,
  action: string,
  scope: Scope,
  target: string,
  details: object,
): Promise<void> {
  const entry: AuditEntry = {
    id: randomUUID(),
    at: isoOf(clock.now()),
    scope,
    actor: { id: visitor.account.name, name: visitor.account.name },
    action,
    target,
    outcome: 'success',
    details: { ...details },
  }
  await audit.record(entry)
}
