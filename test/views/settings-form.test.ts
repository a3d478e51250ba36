import { describe, expect, it } from 'vitest'
import { renderOverview } from '../../src/views/index.ts'
import { ago, automatic, form, normal, withErrors } from './sample-models.ts'
import { textOf } from './text-of.ts'

describe('the settings form', () => {
  it('sends every field under its dotted name, with an explicit false', () => {
    const names = [...renderOverview(normal()).matchAll(/ name="((?:automatic|retention)[^"]+)"/g)].map(
      ([, name]) => name,
    )
    expect(names).toEqual([
      'automatic.enabled',
      'automatic.enabled',
      'automatic.schedule.every',
      'automatic.schedule.count',
      'automatic.schedule.on',
      'automatic.schedule.on',
      'automatic.schedule.at',
      'retention.maxCount',
      'retention.maxAgeDays',
      'retention.keepDaily',
      'retention.keepWeekly',
      'retention.keepMonthly',
      'retention.keepYearly',
    ])
    expect(renderOverview(normal())).toContain(
      '<input type="hidden" name="automatic.enabled" value="false"/>',
    )
  })

  it('shows what was typed, also when it was refused, and ties the error to the field', () => {
    const html = renderOverview(withErrors())
    expect(html).toMatch(/value="seven" id="field-retention-maxCount"[^>]*aria-invalid="true"/)
    expect(html).toContain('aria-describedby="field-retention-maxCount-hint field-retention-maxCount-error"')
    expect(html).toContain('<a href="#field-retention-maxCount">Keep the last</a>')
    expect(html).toContain('3 fields need another look. Nothing was saved.')
    expect(html).toMatch(/<details class="more-rules" open="[^"]*">/)
  })

  it('says what is wrong there alone, not on top as well', () => {
    const notice = { kind: 'problem', message: 'These settings can’t be saved.', hint: '' } as const
    expect(renderOverview({ ...withErrors(), notice })).not.toContain('These settings can’t be saved.')
    expect(renderOverview({ ...normal(), notice })).toContain('These settings can’t be saved.')
  })

  it('names an unknown field without leading anywhere', () => {
    const html = renderOverview({
      ...normal(),
      form: form({}, { 'retention.<b>': 'There is no such setting.' }),
    })
    expect(html).toContain('<bdi>retention.&lt;b&gt;</bdi>')
  })

  it('chooses weekday or day of the month from what is set', () => {
    const weekly = renderOverview({ ...normal(), form: form({ 'automatic.schedule.on': 'friday' }) })
    expect(weekly).toMatch(/<option value="friday" selected="[^"]*">Friday/)
    const monthly = renderOverview({ ...normal(), form: form({ 'automatic.schedule.on': '31' }) })
    expect(monthly).toMatch(/<option value="31" selected="[^"]*">Last day/)
  })

  it('leads to the host’s page where the schedule is set there, and still sends what is set', () => {
    const html = renderOverview({ ...normal(), automatic: automatic({ configurable: false }) })
    expect(html).toContain('<a href="/settings/admin/automate">Open the task in AUTOMATE</a>')
    expect(html).not.toContain('<select')
    expect(html).toContain('<input type="hidden" name="automatic.schedule.at" value="02:30"/>')
  })

  it('previews what would go and why, and how far back the rest reaches', () => {
    const text = textOf(renderOverview(normal()))
    expect(text).toContain('the next backup removes 2 backups.')
    expect(text).toContain('Thu 12 Nov, 02:30 : no rule keeps it')
    expect(text).toContain('reaches back to 14 November')
    expect(text).not.toContain('less than three days')
  })

  it('warns of a short reach, of a clock that is not believed, and that nothing is saved yet', () => {
    const text = textOf(renderOverview(withErrors()))
    expect(text).toContain('less than three days')
    expect(text).toContain('The clock stands implausibly far after')
    expect(text).toContain('Not saved yet.')
  })

  it('counts what it does not list', () => {
    const remove = Array.from({ length: 14 }, (_, index) => ({
      name: `${index}`,
      createdAt: ago(index * 86_400_000),
      reason: 'too-old' as const,
    }))
    expect(renderOverview({ ...normal(), preview: { ...normal().preview, remove } })).toContain('and 4 more')
  })
})
