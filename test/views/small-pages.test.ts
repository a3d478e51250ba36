import { describe, expect, it } from 'vitest'
import { renderDelete, renderProblem } from '../../src/views/index.ts'
import { deletion, frame } from './sample-models.ts'

describe('the page before a deletion', () => {
  it('says what goes, that it is for good, and asks by POST', () => {
    const html = renderDelete(deletion())
    expect(html).toContain('Delete this backup?')
    expect(html).toContain('26.4 MB')
    expect(html).toContain('3 hours ago')
    expect(html).toContain('This can’t be undone.')
    expect(html).toContain('method="post" action="/settings/admin/backup/delete"')
    expect(html).toContain('<input type="hidden" name="name" value="main_20261120_133200Z.sqlite"/>')
    expect(html).toContain('<a class="button" href="/settings/admin/backup">Keep it</a>')
  })

  it('warns before the newest proven one goes', () => {
    expect(renderDelete(deletion())).toContain('This is the newest proven backup.')
    expect(renderDelete({ ...deletion(), isNewestProven: false })).not.toContain('newest proven')
  })

  it('offers nothing for a protected one', () => {
    const html = renderDelete(deletion('en', { protected: true }))
    expect(html).not.toContain('Delete for good')
    expect(html).toContain('This backup is protected.')
  })

  it('speaks German and keeps names harmless', () => {
    const html = renderDelete(deletion('de', { name: '<b>\u202e.sqlite' }))
    expect(html).toContain('<html lang="de">')
    expect(html).toContain('Das lässt sich nicht rückgängig machen.')
    expect(html).toContain('<bdi>&lt;b&gt;\u202e.sqlite</bdi>')
  })
})

describe('the page of a problem', () => {
  const problem = {
    ...frame(),
    status: 404,
    title: 'Not found',
    message: 'No <such> backup.',
    hint: 'Look at the list.',
  }

  it('has a title also when the tenant is not known', () => {
    expect(renderProblem({ ...problem, tenantName: '' })).toContain('<title>Backup</title>')
  })

  it('says what happened and what to do, and leads back', () => {
    const html = renderProblem(problem)
    expect(html).toContain('<title>Backup · Demo GmbH</title>')
    expect(html).toContain('No &lt;such&gt; backup.')
    expect(html).toContain('Look at the list.')
    expect(html).toContain('Answer 404')
    expect(html).toContain('<a class="button" href="/settings/admin/backup">Back to the backups</a>')
  })
})
