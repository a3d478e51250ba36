import { describe, expect, it } from 'vitest'
import { renderOverview } from '../../src/views/index.ts'
import type { OverviewModel } from '../../src/views/model.ts'
import {
  ago,
  automatic,
  backup,
  empty,
  form,
  health,
  normal,
  readOnly,
  run,
  running,
  severalDatabases,
  troubled,
  withErrors,
} from './sample-models.ts'
import { textOf } from './text-of.ts'

const states: Readonly<Record<string, (language: 'en' | 'de') => OverviewModel>> = {
  empty,
  normal,
  running,
  troubled,
  readOnly,
  withErrors,
  severalDatabases,
}

const count = (html: string, part: string) => html.split(part).length - 1

describe.each(Object.keys(states))('the page in the state %s', (name) => {
  it.each(['en', 'de'] as const)(
    'is a whole document without anything the policy forbids (%s)',
    (language) => {
      const html = renderOverview(states[name]!(language))
      expect(html).toMatch(new RegExp(`^<!doctype html><html lang="${language}">`))
      expect(html).toContain('<title>Backup · Demo GmbH</title>')
      expect(html).toMatch(/<\/html>$/)
      expect(html).not.toMatch(/\sstyle=|<style|\son[a-z]+=|javascript:/i)
      expect(html.match(/<script[^>]*>[^<]/g)).toBeNull()
      expect(textOf(html)).not.toMatch(/undefined|\[object|NaN|Invalid/)
    },
  )

  it('gives every id only once', () => {
    const ids = [...renderOverview(states[name]!('en')).matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toEqual([...new Set(ids)])
  })
})

describe('the status card', () => {
  it('says how old the newest proven backup is, and who made it', () => {
    const text = textOf(renderOverview(normal()))
    expect(text).toContain('Protected: last proven backup 3 hours ago')
    expect(text).toContain('made by demo-admin , 26.4 MB, proven restorable')
  })

  it('says next run, AUTOMATE, reach and space', () => {
    const text = textOf(renderOverview(normal()))
    expect(text).toContain('Next backup Tomorrow, 02:30 daily at 02:30, Europe/Berlin')
    expect(text).toContain('AUTOMATE Running the task is active')
    expect(text).toContain('Reaches back to 9 November 11 days, 14 backups')
    expect(text).toContain('231 MB used 38.2 GB free, the next one needs 27 MB')
  })

  it('does not call data protected that has no proven backup', () => {
    expect(renderOverview(empty())).toContain('Not protected yet')
    const unproven = [backup({ proven: null }), backup({ proven: { at: ago(1), outcome: 'failed' } })]
    expect(renderOverview({ ...normal(), backups: unproven })).toContain('Not protected yet')
  })

  it('says that the first backup is on its way', () => {
    expect(renderOverview({ ...empty(), run: run() })).toContain('The first backup is being made')
  })

  it('asks for attention as soon as a problem endangers the next backups', () => {
    const html = renderOverview(troubled())
    expect(html).toContain('Needs attention: last proven backup 3 days ago')
    expect(html).not.toContain('Protected: last')
  })

  it('tells a pause from being off', () => {
    expect(textOf(renderOverview(troubled()))).toContain('AUTOMATE Paused by admin since Monday 14:05')
    expect(textOf(renderOverview(empty()))).toContain('AUTOMATE Running the backup task is inactive')
  })

  it.each([
    [{ every: 'week', on: 'sunday', at: '03:00' }, 'every Sunday at 03:00'],
    [{ every: 'month', on: 31, at: '03:00' }, 'on the last day of the month at 03:00'],
    [{ every: 'hours', count: 6 }, 'every 6 hours'],
    [{ every: 'minutes', count: 1 }, 'every minute'],
    [null, 'as planned by the host'],
  ] as const)('says the schedule %j in words', (schedule, words) => {
    expect(renderOverview({ ...normal(), automatic: automatic({ schedule }) })).toContain(words)
  })
})

describe('problems', () => {
  it('lists the worst first, each with cause and remedy', () => {
    const html = renderOverview(troubled())
    const order = [...html.matchAll(/data-code="([^"]+)"/g)].map(([, code]) => code)
    expect(order).toEqual(['automate-paused', 'disk-full', 'damaged-backup', 'same-disk'])
    expect(textOf(html)).toContain('Resume it in AUTOMATE.')
    expect(html).toContain('<a href="/settings/admin/automate">Open AUTOMATE</a>')
  })

  it('leads to the settings only who may change them', () => {
    const off = [health('automatic-off', 'warning', {})]
    expect(renderOverview({ ...normal(), health: off })).toContain('href="#settings"')
    expect(renderOverview({ ...readOnly(), health: off })).not.toContain('href="#settings"')
  })
})

describe('the run in progress', () => {
  it('shows what is done and offers to cancel', () => {
    const html = renderOverview(running())
    expect(html).toContain('<progress aria-label="Progress" max="26400000" value="16400000">')
    expect(textOf(html)).toContain('Snapshot taken Proving: 16.4 MB of 26.4 MB Publish')
    expect(html).toContain('action="/settings/admin/backup/runs/run-1/cancel"')
    expect(html).toContain('data-events="/settings/admin/backup/runs/run-1/events"')
  })

  it('invents no amount while nothing is known', () => {
    const html = renderOverview(running('en', { status: 'queued', stage: 'waiting', progress: null }))
    expect(html).toContain('<progress aria-label="Progress"></progress>')
    expect(html).toContain('Waiting for its turn')
  })

  it('counts pages as pages', () => {
    const progress = { done: 1204, total: 3503, unit: 'pages' } as const
    const html = renderOverview(running('de', { kind: 'verify', progress }))
    expect(html).toContain('Wird geprüft: 1.204 von 3.503 Seiten')
    expect(html).toContain('Sicherung wird erneut geprüft')
  })

  it('offers no second run meanwhile', () => {
    const html = renderOverview(running())
    expect(html).toMatch(/<button[^>]* disabled="[^"]*"[^>]*>Create backup/)
    expect(html).toMatch(/<button[^>]* disabled="[^"]*"[^>]*>Prove again/)
  })

  it('is not shown once it has ended', () => {
    expect(renderOverview(running('en', { status: 'completed' }))).not.toContain('<progress')
  })
})

describe('the pictures', () => {
  it('say every day and the growth in words', () => {
    const text = textOf(renderOverview(normal()))
    expect(text).toContain('Wed 28 Oct: failed')
    expect(text).toContain('Thu 22 Oct: not recorded')
    expect(text).toContain('25 made 1 failed 2 missed 1 nothing due 1 not recorded')
    expect(renderOverview(normal())).toContain(
      'aria-label="From 23.7 MB on 9 November to 26.4 MB on 20 November"',
    )
  })

  it('draw one curve per database and name them', () => {
    const html = renderOverview(severalDatabases())
    expect(count(html, '<polyline')).toBe(4)
    expect(html).toContain('aria-label="main: From 23.7 MB')
    expect(html).toContain('archive: From 7.9 MB')
  })

  it('draw no curve through a single point', () => {
    const html = renderOverview({ ...normal(), backups: [backup()] })
    expect(html).toContain('A curve appears here with the second backup.')
    expect(html).not.toContain('<polyline')
  })

  it('are left out where nothing was ever made or tried', () => {
    expect(renderOverview(empty())).not.toContain('Last 30 days')
  })
})

describe('the list', () => {
  it('says of every backup when, how large, why, by whom and how far it can be trusted', () => {
    const text = textOf(renderOverview(normal()))
    expect(text).toContain(
      'Today, 14:32 3 hours ago 26.4 MB Manual by demo-admin before the price import Proven',
    )
    expect(text).toContain('Before an update by demo-admin 4.2.0 to 4.3.0 Proven Protected')
    expect(text).toContain('25.8 MB Scheduled Damaged')
    expect(text).toContain('Imported Checked last checked: Today, 16:35')
    expect(text).toContain('24.6 MB Imported Not proven')
  })

  it('calls a backup damaged whichever look found the damage', () => {
    const html = renderOverview({
      ...normal(),
      backups: [backup({ trigger: 'imported', proven: null, checked: { at: ago(0), outcome: 'failed' } })],
    })
    expect(html).toContain('Damaged')
  })

  it('offers the way to every action by POST, and to deletion by a page that asks', () => {
    const html = renderOverview({ ...normal(), backups: [backup({ name: "a b&c'ü.sqlite" })] })
    const query = 'name=a%20b%26c&#39;%C3%BC.sqlite'
    expect(html).toContain(`href="/settings/admin/backup/download?${query}"`)
    expect(html).toContain(`href="/settings/admin/backup/delete?${query}"`)
    expect(html).toContain('<form method="post" action="/settings/admin/backup/verify">')
    expect(html).toContain('<input type="hidden" name="name" value="a b&amp;c&#39;ü.sqlite"/>')
    expect(html).toContain('<input type="hidden" name="protected" value="true"/>')
  })

  it('offers no deletion of a protected one, but the end of its protection', () => {
    const html = renderOverview({ ...normal(), backups: [backup({ protected: true })] })
    expect(html).not.toContain('/delete?')
    expect(html).toContain('<input type="hidden" name="protected" value="false"/>')
    expect(html).toContain('No longer protect')
  })

  it('names the database only where there are several', () => {
    expect(renderOverview(normal())).not.toContain('>Database</th>')
    expect(renderOverview(severalDatabases())).toContain('>Database</th>')
    expect(renderOverview(severalDatabases())).toContain(
      'aria-label="Download the backup: archive, Today, 14:32"',
    )
  })

  it('welcomes who has no backup yet with the first step', () => {
    const html = renderOverview(empty())
    expect(html).toContain('No backups yet')
    expect(html).toContain('to make the first one')
    expect(html).not.toContain('<table')
  })
})

describe('recent runs', () => {
  it('tell each failure with its cause and remedy', () => {
    const text = textOf(renderOverview(normal()))
    expect(text).toContain('Recent runs 4, 1 failed')
    expect(text).toContain(
      'Failed The disk is too full: 27 MB are needed, 3 MB are free. Make room and try again.',
    )
    expect(text).toContain('Proof took 1 min 10 s Cancelled')
  })
})

describe('who may only read', () => {
  it('is offered no action at all', () => {
    const html = renderOverview({ ...readOnly(), run: run() })
    expect(html).not.toMatch(/<form|<button|<input|<select|\/download\?|\/delete\?/)
    expect(textOf(html)).toContain('Changing something takes the right to write backups.')
  })

  it('is told who can make the first backup', () => {
    expect(renderOverview({ ...empty(), mayWrite: false })).toContain(
      'An administrator can make the first one',
    )
  })
})

describe('hostile texts', () => {
  const evil = `"><script>alert(1)</script>'\u202e`

  it('are shown as text and kept to themselves', () => {
    const html = renderOverview({
      ...normal(),
      tenantName: evil,
      folder: evil,
      backups: [
        backup({ name: evil, note: evil, createdBy: evil, database: evil }),
        backup({ database: 'b' }),
      ],
      run: run({ id: evil }),
      runs: [run({ status: 'failed', error: { message: evil, hint: evil } })],
      health: [{ code: evil, severity: 'error', message: evil, hint: evil }],
      notice: { kind: 'success', message: evil, hint: evil },
      form: form({ 'retention.maxCount': evil }, { 'retention.maxCount': evil }),
      automatic: automatic({ pausedBy: evil, pausedSince: ago(1) }),
    })
    expect(html).not.toContain('<script>alert')
    expect(html).not.toMatch(/"><script/)
    expect(count(html, '<script')).toBe(1)
    const escaped = '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;\u202e'
    expect(html).toContain(`<small class="note-text"><bdi>${escaped}</bdi></small>`)
  })

  it('don’t reach the header, which is the host’s and trusted', () => {
    expect(renderOverview({ ...normal(), header: '<header><a href="/">Host</a></header>' })).toContain(
      '<header><a href="/">Host</a></header>',
    )
  })
})
