const english = {
  editor: 'Back to the flows',
  navigation: 'Node-RED',
  open: 'Node-RED asks nobody to sign in: whoever reaches this address can do everything on this page.',
  otherTenant: 'Other data',
  chooseTitle: 'Whose backups?',
  chooseDetail: 'Several places with databases are set up. Choose one.',
  problems: {
    unauthorized: ['You are not signed in', 'Open the page from the menu of the Node-RED editor.'],
    forbidden: [
      'You may not see this page',
      'Ask who runs Node-RED for the permission "backup.read" or "backup.write".',
    ],
    'cross-site': ['This request comes from another website', 'Open the page from the Node-RED editor.'],
    'choose-tenant': ['Choose first whose backups you mean', 'Open the page in a browser and choose.'],
    'no-tenant': [
      'Nothing is set up yet',
      'Import the example flow in the editor, say in its configuration which database to back up, and deploy.',
    ],
    'invalid-request': ['The request can’t be read', 'Nothing was changed.'],
    'not-found': ['There is no such page', 'Start from the menu of the editor.'],
    internal: ['Something went wrong here', 'Try again. The log of Node-RED says more.'],
  },
} as const

type Problems = Readonly<Record<ProblemCode, readonly [title: string, hint: string]>>
type Texts = Readonly<Record<Exclude<keyof typeof english, 'problems'>, string>> & {
  readonly problems: Problems
}

export type ProblemCode = keyof (typeof english)['problems']

const german: Texts = {
  editor: 'Zurück zu den Flows',
  navigation: 'Node-RED',
  open: 'Node-RED verlangt keine Anmeldung: Wer diese Adresse erreicht, kann auf dieser Seite alles.',
  otherTenant: 'Andere Daten',
  chooseTitle: 'Wessen Sicherungen?',
  chooseDetail: 'Mehrere Orte mit Datenbanken sind eingerichtet. Wählen Sie einen.',
  problems: {
    unauthorized: ['Sie sind nicht angemeldet', 'Öffnen Sie die Seite über das Menü des Node-RED-Editors.'],
    forbidden: [
      'Sie dürfen diese Seite nicht sehen',
      'Wer Node-RED betreibt, kann Ihnen das Recht „backup.read“ oder „backup.write“ geben.',
    ],
    'cross-site': [
      'Diese Anfrage kommt von einer fremden Seite',
      'Öffnen Sie die Seite über den Node-RED-Editor.',
    ],
    'choose-tenant': [
      'Wählen Sie zuerst, wessen Sicherungen Sie meinen',
      'Öffnen Sie die Seite im Browser und wählen Sie.',
    ],
    'no-tenant': [
      'Noch ist nichts eingerichtet',
      'Importieren Sie im Editor den Beispiel-Flow, nennen Sie in dessen Konfiguration die Datenbank und übernehmen Sie (Deploy).',
    ],
    'invalid-request': ['Die Anfrage ist nicht lesbar', 'Nichts wurde geändert.'],
    'not-found': ['Diese Seite gibt es nicht', 'Beginnen Sie mit dem Menü des Editors.'],
    internal: [
      'Hier ging etwas schief',
      'Versuchen Sie es noch einmal. Das Protokoll von Node-RED sagt mehr.',
    ],
  },
}

/** The adapter's own words in the reader's language. */
export function textIn(language: string): Texts {
  return /^de(-|$)/i.test(language) ? german : english
}
