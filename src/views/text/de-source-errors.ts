import type { ErrorCode, ErrorDetails, ErrorWords, Explanation } from './error-words.ts'

type SourceErrorCode = Extract<ErrorCode, `source-${string}`>

const naming = (title: string, explain: (details: ErrorDetails) => Explanation): ErrorWords => ({
  title,
  explain,
})

/** " („main“)" when the error names the thing, nothing when it doesn't. */
const named = (name: Detail) => (name === undefined || name === '' ? '' : ` („${name}“)`)

/** What is to be backed up: tenants' databases, and what the profiles of system backups name. */
export const germanSourceErrors: Readonly<Record<SourceErrorCode, ErrorWords>> = {
  'source-missing': naming('Was gesichert werden soll, fehlt', explainMissing),
  'source-unsafe': naming('Das lässt sich nicht sicher lesen', explainUnsafe),
  'source-empty': naming('Die Datenbank ist leer', ({ database }) => ({
    message: `Die Datenbankdatei${named(database)} hat 0 Bytes.`,
    hint: 'Eine leere Datei wird nicht gesichert, damit sie keine gute Sicherung verdrängt. Bitten Sie den Betreiber, nachzusehen.',
  })),
  'source-not-a-database': naming('Das ist keine SQLite-Datenbank', ({ database }) => ({
    message: `Die Datei${named(database)} ist keine lesbare SQLite-Datenbank.`,
    hint: 'Vielleicht ist sie verschlüsselt oder beschädigt. Bitten Sie den Betreiber, nachzusehen.',
  })),
  'source-locked': naming('Die Datenbank ist gesperrt', ({ database }) => ({
    message: `Die Datenbank${named(database)} blieb die ganze Zeit gesperrt, oder es wurde ohne Pause in sie geschrieben.`,
    hint: 'Ein anderes Programm hält sie fest oder beschäftigt sie, oder eine Transaktion hängt. Versuchen Sie es später noch einmal.',
  })),
  'source-damaged': naming('Die Datenbank ist beschädigt', ({ database }) => ({
    message: `Die Datenbank${named(database)} selbst ist beschädigt, nicht nur die Kopie.`,
    hint: 'Bewahren Sie die vorhandenen Sicherungen auf und wenden Sie sich gleich an den Betreiber.',
  })),
  'source-changed': naming('Die Datenbank wurde inzwischen ausgetauscht', ({ database }) => ({
    message: `Während der Sicherung wurde die Datenbankdatei${named(database)} ersetzt oder umbenannt.`,
    hint: 'Starten Sie die Sicherung noch einmal.',
  })),
}

type Detail = string | number | undefined

function explainMissing({ about, folder, database }: ErrorDetails): Explanation {
  if (about === 'folder')
    return {
      message: `Der Ordner${named(folder)} ist nicht da.`,
      hint: 'Prüfen Sie den Pfad im Profil, und ob der Datenträger eingehängt ist. Vorhandene Sicherungen bleiben unberührt.',
    }
  if (about === 'server')
    return {
      message: `Der SQL Server hat keine Datenbank${named(database)}, oder zeigt sie dieser Anmeldung nicht.`,
      hint: 'Prüfen Sie den Namen, und ob die Anmeldung der Verbindung ein Benutzer dieser Datenbank ist.',
    }
  return {
    message: `Die Datenbankdatei${named(database)} ist nicht da.`,
    hint: 'Bitten Sie den Betreiber, nachzusehen. Vorhandene Sicherungen bleiben unberührt.',
  }
}

function explainUnsafe({ about, folder, archive, database, errno }: ErrorDetails): Explanation {
  if (about === 'folder') return explainFolder(folder, errno)
  if (about === 'archive')
    return {
      message: `Das Archiv${named(archive)} ist ${errno === 'ENOENT' ? 'nicht da' : 'keine Datei'}.`,
      hint: 'Prüfen Sie den Pfad, und ob der Datenträger eingehängt ist.',
    }
  return {
    message: `Die Datenbankdatei${named(database)} ist keine gewöhnliche Datei mit genau einem Namen.`,
    hint: 'Bitten Sie den Betreiber, Verweise durch die Datei selbst zu ersetzen.',
  }
}

function explainFolder(folder: Detail, errno: Detail): Explanation {
  if (errno === undefined)
    return {
      message: `Im Ordner${named(folder)} werden Sicherungen aufbewahrt.`,
      hint: 'Sicherungen kommen nie in ein Archiv. Nennen Sie einen anderen Ordner.',
    }
  if (errno === 'ENOTDIR')
    return {
      message: `Das ist kein Ordner${named(folder)}.`,
      hint: 'Nennen Sie im Profil den Ordner selbst.',
    }
  return {
    message: `Der Anwendung fehlt das Recht, den Ordner zu lesen${named(folder)}.`,
    hint: 'Geben Sie dem Benutzer, unter dem sie läuft, dieses Recht.',
  }
}
