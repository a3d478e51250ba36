import { beforeEach, describe, expect, it } from 'vitest'
import { bytesOf } from '../../src/routes/download.ts'
import type { OpenedBackup } from '../../src/service/catalog-service.ts'

const bytes = new TextEncoder().encode('0123456789')

let delivered: object[] = []

beforeEach(() => {
  delivered = []
})

function opened(name = 'main.sqlite', onClose = () => {}): OpenedBackup {
  return {
    backup: { name, sha256: 'abc', createdAt: '2026-01-01T00:00:00Z' } as OpenedBackup['backup'],
    sizeBytes: bytes.length,
    stream: ({ start, end } = { start: 0, end: bytes.length - 1 }) =>
      new Blob([bytes.slice(start, end + 1)]).stream() as ReadableStream<Uint8Array>,
    close: async () => onClose(),
    deliver: async (details) => void delivered.push(details),
  }
}

async function get(headers: Record<string, string>, method = 'GET') {
  const response = await bytesOf(opened(), new Request('http://host/download', { method, headers }))
  return { status: response.status, text: await response.text(), headers: response.headers }
}

describe('a download', () => {
  it('sends the whole file with its length and validator', async () => {
    const { status, text, headers } = await get({})
    expect([status, text, headers.get('content-length'), headers.get('etag')]).toEqual([
      200,
      '0123456789',
      '10',
      '"abc"',
    ])
  })

  it.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
    ['bytes=3-1', 200, '0123456789', null],
    ['bytes=0-1,4-5', 200, '0123456789', null],
    ['lines=0-3', 200, '0123456789', null],
  ])('answers %s with %i', async (range, status, text, contentRange) => {
    const answer = await get({ range })
    expect([answer.status, answer.text, answer.headers.get('content-range')]).toEqual([
      status,
      text,
      contentRange,
    ])
  })

  it.each(['bytes=10-', 'bytes=-0'])('refuses %s, closes the file and delivers nothing', async (range) => {
    let closed = 0
    const request = new Request('http://host/', { headers: { range } })
    await expect(
      bytesOf(
        opened('a', () => closed++),
        request,
      ),
    ).rejects.toMatchObject({ code: 'range-not-satisfiable', sizeBytes: 10 })
    expect([closed, delivered]).toEqual([1, []])
  })

  it('counts as one when bytes are sent, and as none when they are not', async () => {
    await get({})
    await get({ range: 'bytes=2-3' })
    expect(delivered).toEqual([
      { start: 0, end: 9, sizeBytes: 10 },
      { start: 2, end: 3, sizeBytes: 10 },
    ])
    await get({}, 'HEAD')
    await get({ 'if-none-match': '"abc"' })
    expect(delivered).toHaveLength(2)
  })

  it('sends everything when the range was meant for another version', async () => {
    expect((await get({ range: 'bytes=0-3', 'if-range': '"old"' })).status).toBe(200)
    expect((await get({ range: 'bytes=0-3', 'if-range': '"abc"' })).status).toBe(206)
  })

  it('sends nothing that the caller has, and closes the file', async () => {
    let closed = 0
    const request = new Request('http://host/', { headers: { 'if-none-match': 'W/"x", "abc"' } })
    const response = await bytesOf(
      opened('a', () => closed++),
      request,
    )
    expect(response.status).toBe(304)
    expect(closed).toBe(1)
  })

  it('closes the file after the last byte, and when the client goes away', async () => {
    const closed: string[] = []
    const request = new Request('http://host/')
    await (
      await bytesOf(
        opened('a', () => closed.push('read')),
        request,
      )
    ).text()
    const left = await bytesOf(
      opened('a', () => closed.push('left')),
      request,
    )
    await left.body?.cancel()
    expect(closed).toEqual(['read', 'left'])
  })

  it('answers HEAD without opening a stream', async () => {
    const { status, text, headers } = await get({}, 'HEAD')
    expect([status, text, headers.get('content-length')]).toEqual([200, '', '10'])
  })

  it('names the file so that nothing breaks out of the header', async () => {
    const response = await bytesOf(opened('Büro "a"\r\nx.sqlite'), new Request('http://host/'))
    const header = response.headers.get('content-disposition')
    expect(header).toBe(
      `attachment; filename="B_ro__a___x.sqlite"; filename*=UTF-8''B%C3%BCro%20%22a%22%0D%0Ax.sqlite`,
    )
  })
})
