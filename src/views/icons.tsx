const shapes = {
  shield: ['M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z', 'M8.5 12l2.5 2.5 4.5-5'],
  'shield-open': ['M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z', 'M12 8v4.5M12 16h.01'],
  clock: ['M12 3a9 9 0 100 18 9 9 0 000-18z', 'M12 7v5l3 2'],
  check: ['M5 13l4 4L19 7'],
  cross: ['M6 6l12 12M18 6L6 18'],
  ring: ['M12 8a4 4 0 100 8 4 4 0 000-8z'],
  question: ['M9 9a3 3 0 115 2.2c-1.2.9-2 1.5-2 2.8', 'M12 18h.01'],
  lock: ['M5 11h14v9H5z', 'M8 11V8a4 4 0 018 0v3'],
  more: ['M5 12h.01M12 12h.01M19 12h.01'],
  warning: ['M12 4l9 16H3z', 'M12 10v4M12 17h.01'],
  info: ['M12 3a9 9 0 100 18 9 9 0 000-18z', 'M12 11v5M12 8h.01'],
  box: ['M4 8l8-4 8 4v8l-8 4-8-4z', 'M4 8l8 4 8-4M12 12v8'],
} as const

export type IconName = keyof typeof shapes

/** The drawings, once per document; `Icon` points at them. */
export function IconSprite() {
  return (
    <svg class="sprite" width="0" height="0" aria-hidden="true">
      <defs>
        {Object.entries(shapes).map(([name, paths]) => (
          <symbol id={`icon-${name}`} viewBox="0 0 24 24">
            {paths.map((d) => (
              <path d={d} />
            ))}
          </symbol>
        ))}
      </defs>
    </svg>
  )
}

/** Decoration: the words beside it say the same. */
export function Icon({ name, class: className }: { readonly name: IconName; readonly class?: string }) {
  return (
    <svg class={className ? `icon ${className}` : 'icon'} aria-hidden="true">
      <use href={`#icon-${name}`} />
    </svg>
  )
}
