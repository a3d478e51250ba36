import { script, stylesheet } from '../views/index.ts'
import type { Route } from './route.ts'

/** Style and script of the pages; they hold nothing of any tenant. */
export function assetRoutes(permission: Route['permission'] = 'backup.read'): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/assets/page.css',
      permission,
      answer: fixed(stylesheet, 'text/css'),
    },
    {
      method: 'GET',
      path: '/assets/page.js',
      permission,
      answer: fixed(script, 'text/javascript'),
    },
  ]
}

function fixed(text: string, type: string): Route['answer'] {
  return async () =>
    new Response(text, {
      headers: {
        'content-type': `${type}; charset=utf-8`,
        'cache-control': 'private, max-age=300',
        'x-content-type-options': 'nosniff',
      },
    })
}
