import type { Warning, WarningCode } from '../../engine/warnings.ts'

export const germanWarnings: Readonly<Record<WarningCode, (details: Warning['details']) => string>> = {
  'clock-behind': () =>
    'Die Uhr steht vor der neuesten Sicherung: Nach Alter und Kalender wurde nichts entfernt.',
  'clock-ahead': () =>
    'Die Uhr ist unglaubhaft weit vorgesprungen: Nach Alter und Kalender wurde nichts entfernt.',
  'not-removed': ({ name, why }) => `Die alte Sicherung ${name} ließ sich nicht entfernen: ${why}`,
  'rolled-back': ({ database }) =>
    `Ein Programm, das in „${database}“ schrieb, wurde mitten in einer Transaktion beendet; vor dem Kopieren wurde sie zurückgenommen.`,
  'opened-meanwhile': ({ process }) =>
    `Der Prozess ${process} hatte die alte Datenbank noch geöffnet, kurz bevor sie ersetzt wurde: Beenden Sie ihn, sonst geht verloren, was er schreibt.`,
  'written-meanwhile': () =>
    'Eine Anwendung hat die wiederhergestellte Datenbank schon geöffnet und schreibt hinein.',
  'not-compared': () =>
    'Der Hilfsprozess endete, nachdem die Sicherung eingesetzt war; sie wurde nicht noch einmal verglichen.',
  'not-tidied': () =>
    'Der Hilfsprozess endete, nachdem die Sicherung fertig war; alte Sicherungen entfernt der nächste Lauf.',
}
