import type { FC } from 'hono/jsx'

export const LinkCard: FC<{ path: string; title: string; lead: string }> = ({ path, title, lead }) => (
  <li class="host-card">
    <h2>
      <a href={path}>{title}</a>
    </h2>
    <p>{lead}</p>
  </li>
)
