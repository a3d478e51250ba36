import type { ErrorCode, ErrorDetails, ErrorWords } from './error-words.ts'

type ServerErrorCode = Extract<
  ErrorCode,
  'server-unreachable' | 'server-refused' | 'server-folder' | 'half-restored'
>

/** " „main“" when the error names the thing, nothing when it doesn't. */
const named = (name: string | number | undefined) => (name === undefined || name === '' ? '' : ` „${name}“`)

/** What the server or the system said itself, in its own language. */
const because = ({ said }: ErrorDetails) => (said === undefined || said === '' ? '.' : `: ${said}`)

const folders = ({ serverFolder, localFolder }: ErrorDetails) =>
  serverFolder === undefined ? '' : ` (dort${named(serverFolder)}, hier${named(localFolder)})`

const folderHints: Readonly<Record<string, string>> = {
  denied:
    'Geben Sie dem Konto, unter dem der SQL Server läuft, das Recht, im Ordner zu lesen und zu schreiben. Bei einer Freigabe gilt das für die Freigabe und für den Ordner.',
  differ:
    'Was der SQL Server schreibt, muss diese Anwendung sehen, und umgekehrt: Hängen Sie den Ordner hier ein, oder berichtigen Sie seine beiden Namen.',
  local:
    'Der Ordner muss hier vorhanden sein, und die Anwendung muss darin lesen, schreiben und löschen dürfen, was der SQL Server schreibt.',
  unusable:
    'Der Ordner muss auf dem SQL Server vorhanden sein, so wie er dort heißt, und dessen Konto muss darin lesen und schreiben dürfen.',
}

export const germanServerErrors: Readonly<Record<ServerErrorCode, ErrorWords>> = {
  'server-unreachable': {
    title: 'Der SQL Server ist nicht erreichbar',
    explain: (details) => ({
      message: `Keine Verbindung zum SQL Server${named(details.server)}${because(details)}`,
      hint: 'Prüfen Sie, ob er läuft und über TCP ansprechbar ist, und ob Name, Port und Firewall stimmen.',
    }),
  },
  'server-refused': {
    title: 'Der SQL Server hat abgelehnt',
    explain: (details) => ({
      message: `Der SQL Server${named(details.server)} hat abgelehnt${because(details)}`,
      hint: 'Prüfen Sie Anmeldung, Rechte und Verschlüsselung der Verbindung. Einzelheiten stehen im Protokoll des Servers.',
    }),
  },
  'server-folder': {
    title: 'Der gemeinsame Ordner mit dem SQL Server ist nicht benutzbar',
    explain: (details) => ({
      message: `Der Ordner, über den der SQL Server Sicherungen austauscht${folders(details)}, ist nicht benutzbar${details.account ? ` (Konto des Servers:${named(details.account)})` : ''}.`,
      hint: folderHints[String(details.why)] ?? folderHints.unusable!,
    }),
  },
  'half-restored': {
    title: 'Die Datenbank ist nur halb wiederhergestellt',
    explain: ({ database }) => ({
      message: `Die Wiederherstellung der Datenbank${named(database)} brach ab, während ihr Inhalt ersetzt wurde.`,
      hint: 'Sie ist erst wieder benutzbar, wenn sie noch einmal wiederhergestellt wird, aus dieser oder einer anderen Sicherung.',
    }),
  },
}
