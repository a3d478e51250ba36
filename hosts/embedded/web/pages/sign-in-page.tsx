import { type Language, textIn } from '../text/index.ts'
import { page } from './frame.tsx'

export interface SignInModel {
  readonly language: Language
  readonly next: string
  readonly user: string
  /** What went wrong with the last try. */
  readonly problem: { readonly title: string; readonly hint: string } | null
}

export function signInPage({ language, next, user, problem }: SignInModel): string {
  const text = textIn(language).signIn
  const wrong = problem !== null
  return page(
    { language, title: text.title, header: null },
    <form class="host-card host-sign-in" method="post" action="/login">
      {wrong && (
        <p class="host-alert" role="alert" id="problem">
          <strong>{problem.title}.</strong> {problem.hint}
        </p>
      )}
      <input type="hidden" name="next" value={next} />
      <label class="host-field">
        {text.user}
        <input
          name="user"
          value={user}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          {...(wrong ? { 'aria-describedby': 'problem', 'aria-invalid': 'true' } : {})}
        />
      </label>
      <label class="host-field">
        {text.password}
        <input
          name="password"
          type="password"
          autocomplete="current-password"
          required
          {...(wrong ? { 'aria-describedby': 'problem', 'aria-invalid': 'true' } : {})}
        />
      </label>
      <button class="host-primary" type="submit">
        {text.button}
      </button>
    </form>,
  )
}
