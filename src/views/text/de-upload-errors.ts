import { formatBytes } from '../format/numbers.ts'
import type { ErrorCode, ErrorDetails, ErrorWords } from './error-words.ts'

type UploadCode =
  | 'upload-refused'
  | 'upload-too-large'
  | 'upload-locked'
  | 'wrong-offset'
  | 'too-many-uploads'
  | 'unsupported-type'
  | 'wrong-tus-version'

const refusals: Readonly<Record<string, string>> = {
  empty: 'Die Datei ist leer.',
  'not-a-database': 'Die Datei ist keine SQLite-Datenbank, oder sie ist verschlüsselt.',
  'not-an-archive': 'Die Datei ist kein ZIP-Archiv.',
  'no-manifest':
    'Das Archiv wurde nicht von diesem Programm gemacht: Es hat kein „manifest.json“ als letzten Eintrag, und ohne das lässt sich nichts wiederherstellen.',
  limits: 'Die Prüfung der Datei hat die Grenzen für Zeit oder Speicher überschritten.',
}

const aDatabase = 'Laden Sie eine einfache Kopie einer ganzen SQLite-Datenbank hoch.'
const anArchive =
  'Laden Sie ein ZIP, das hier oder von einer anderen Installation dieses Programms gemacht wurde, unverändert hoch.'

const bytes = (value: ErrorDetails[string] | undefined) =>
  typeof value === 'number' ? formatBytes(value, 'de') : null

export const germanUploadErrors = {
  'upload-refused': {
    title: 'Die Datei wurde nicht angenommen',
    explain: ({ kind, reason, wanted }) => ({
      message: refusals[String(kind)] ?? `Die Datei ist beschädigt: ${reason ?? 'unlesbar'}.`,
      hint: `Es ist nichts von ihr zurückgeblieben. ${wanted === 'archive' ? anArchive : aDatabase}`,
    }),
  },
  'upload-too-large': {
    title: 'Die Datei ist zu groß',
    explain: ({ max }) => ({
      message: `Mehr als ${bytes(max) ?? 'erlaubt ist'} wird nicht angenommen.`,
      hint: 'Bitten Sie den Betreiber um eine höhere Grenze.',
    }),
  },
  'upload-locked': {
    title: 'Das Hochladen ist gerade in Arbeit',
    explain: () => ({
      message: 'An dieser Datei wird gerade geschrieben, oder sie wird geprüft.',
      hint: 'Warten Sie einen Augenblick und machen Sie dann weiter.',
    }),
  },
  'wrong-offset': {
    title: 'Das Hochladen steht an einer anderen Stelle',
    explain: ({ offset }) => ({
      message: `Angekommen sind bisher ${bytes(offset) ?? 'andere Teile'}.`,
      hint: 'Machen Sie dort weiter.',
    }),
  },
  'too-many-uploads': {
    title: 'Zu viele Dateien werden hochgeladen',
    explain: ({ count }) => ({
      message: `Es werden schon ${count ?? 'zu viele'} Dateien hochgeladen.`,
      hint: 'Beenden Sie eine davon oder brechen Sie sie ab. Was nicht fertig wird, verschwindet nach 24 Stunden.',
    }),
  },
  'unsupported-type': {
    title: 'Diese Art von Inhalt wird nicht verstanden',
    explain: () => ({
      message: 'Der Inhalt muss application/offset+octet-stream sein.',
      hint: 'Es wurde nichts geschrieben.',
    }),
  },
  'wrong-tus-version': {
    title: 'Diese Fassung von tus wird nicht gesprochen',
    explain: () => ({
      message: 'Verstanden wird nur tus 1.0.0.',
      hint: 'Benutzen Sie ein Programm für tus 1.0 oder das Formular auf der Seite.',
    }),
  },
} as const satisfies Readonly<Partial<Record<ErrorCode, ErrorWords>>> & Record<UploadCode, ErrorWords>
