import { describe, expect, it } from 'vitest'
import { settingsFromForm, typedValues } from '../../src/routes/settings-form.ts'

/** As the page sends it: every field of every schedule, the hidden false before the checkbox. */
function form(more: readonly (readonly [string, string])[]): URLSearchParams {
  return new URLSearchParams([
    ['automatic.enabled', 'false'],
    ...more.map(([name, value]): [string, string] => [name, value]),
    ['automatic.schedule.at', '03:15'],
    ['automatic.schedule.on', 'friday'],
    ['automatic.schedule.on', '31'],
    ['automatic.schedule.count', '6'],
    ['retention.maxCount', '5'],
    ['retention.maxAgeDays', ''],
  ])
}

describe('the settings form', () => {
  it('reads an unticked box as an explicit false', () => {
    expect(settingsFromForm(form([]))).toMatchObject({ automatic: { enabled: false } })
    expect(settingsFromForm(form([['automatic.enabled', 'true']]))).toMatchObject({
      automatic: { enabled: true },
    })
  })

  it.each([
    ['day', { every: 'day', at: '03:15' }],
    ['week', { every: 'week', on: 'friday', at: '03:15' }],
    ['month', { every: 'month', on: 31, at: '03:15' }],
    ['hours', { every: 'hours', count: 6 }],
    ['minutes', { every: 'minutes', count: 6 }],
  ])('takes the fields that go with "every %s" and no others', (every, schedule) => {
    expect(settingsFromForm(form([['automatic.schedule.every', every]]))).toMatchObject({
      automatic: { schedule },
    })
  })

  it('reads an empty rule as switched off and a text as the text that it is', () => {
    const fields = form([['retention.keepDaily', 'many']])
    expect(settingsFromForm(fields)).toMatchObject({
      retention: { maxCount: 5, maxAgeDays: null, keepDaily: 'many' },
    })
  })

  it('passes on a field that it does not know, so that it is refused by name', () => {
    expect(settingsFromForm(form([['retention.keepHourly', '3']]))).toHaveProperty(['retention.keepHourly'])
  })

  it('remembers what was typed, with the `on` that belongs to the chosen schedule', () => {
    const typed = typedValues(form([['automatic.schedule.every', 'month']]))
    expect(typed).toMatchObject({ 'automatic.schedule.on': '31', 'retention.maxCount': '5' })
  })
})
