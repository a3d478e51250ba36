import { formatBytes } from '../format/numbers.ts'
import { germanServerErrors } from './de-server-errors.ts'
import { germanSourceErrors } from './de-source-errors.ts'
import { germanUploadErrors } from './de-upload-errors.ts'
import type { ErrorCode, ErrorDetails, ErrorWords, Explanation } from './error-words.ts'

const always = (title: string, message: string, hint: string): ErrorWords => ({
  title,
  explain: () => ({ message, hint }),
})

const naming = (title: string, explain: (details: ErrorDetails) => Explanation): ErrorWords => ({
  title,
  explain,
})

/** " („main“)" when the error names the thing, nothing when it doesn't. */
const named = (name: string | number | undefined) => (name === undefined || name === '' ? '' : ` („${name}“)`)

const bytes = (value: string | number | undefined) =>
  typeof value === 'number' ? formatBytes(value, 'de') : undefined

export const germanErrors: Readonly<Record<ErrorCode, ErrorWords>> = {
  'invalid-request': naming('Diese Anfrage ist unverständlich', explainRequest),
  'invalid-settings': always(
    'Die Einstellungen wurden nicht gespeichert',
    'Einige Angaben passen nicht. Es wurde nichts geändert.',
    'Berichtigen Sie die genannten Felder und speichern Sie noch einmal.',
  ),
  forbidden: always(
    'Nicht erlaubt',
    'Ihnen fehlt das Recht dazu.',
    'Wer die Benutzer verwaltet, kann es Ihnen geben.',
  ),
  'cross-site': always(
    'Abgelehnt: Die Anfrage kam von einer anderen Website',
    'Änderungen sind nur von dieser Seite selbst aus möglich.',
    'Öffnen Sie die Seite direkt und versuchen Sie es noch einmal.',
  ),
  'not-found': always(
    'Nicht gefunden',
    'Das gibt es hier nicht, oder nicht mehr.',
    'Laden Sie die Übersicht neu: Sie zeigt, was da ist.',
  ),
  'method-not-allowed': always(
    'So funktioniert diese Seite nicht',
    'Diese Adresse versteht eine Anfrage dieser Art nicht.',
    'Gehen Sie zurück zur Übersicht und benutzen Sie die Knöpfe dort.',
  ),
  'range-not-satisfiable': always(
    'Diesen Teil hat die Sicherung nicht',
    'Der verlangte Abschnitt liegt hinter dem Ende der Datei.',
    'Beginnen Sie das Herunterladen von vorn.',
  ),
  busy: always(
    'Es läuft bereits ein anderer Vorgang',
    'Hier wird gerade schon gesichert, geprüft oder wiederhergestellt.',
    'Warten Sie, bis er fertig ist, oder brechen Sie ihn ab.',
  ),
  protected: always(
    'Diese Sicherung ist geschützt',
    'Eine geschützte Sicherung lässt sich nicht löschen.',
    'Heben Sie in der Liste zuerst den Schutz auf.',
  ),
  'limit-reached': naming('Die Grenze des Betreibers ist erreicht', explainLimit),
  'tenant-changed': always(
    'Sie handeln jetzt für einen anderen Mandanten',
    'Diese Seite wurde für einen anderen Mandanten geöffnet als den, für den Sie jetzt handeln.',
    'Es wurde nichts geändert. Laden Sie die Seite neu und sehen Sie nach, wessen Sicherungen es sind.',
  ),
  'operator-settings-broken': always(
    'Die Einstellungen des Betreibers sind unbrauchbar',
    'Die Einstellungen, die der Betreiber vorgibt, sind nicht lesbar oder enthalten Unzulässiges.',
    'Nur der Betreiber kann sie berichtigen. Bis dahin entsteht keine Sicherung.',
  ),
  'folder-not-writable': naming('In den Ordner der Sicherungen lässt sich nicht schreiben', ({ folder }) => ({
    message: `Der Anwendung fehlt das Schreibrecht im Ordner der Sicherungen${named(folder)}.`,
    hint: 'Bitten Sie den Betreiber, ihr dort das Schreibrecht zu geben.',
  })),
  'folder-unsafe': always(
    'Der Ordner der Sicherungen ist nicht sicher benutzbar',
    'Im Ordner der Sicherungen liegt etwas, das dort nicht hingehört, zum Beispiel ein Verweis statt einer Datei.',
    'Bitten Sie den Betreiber, den Ordner anzusehen.',
  ),
  'disk-full': naming('Zu wenig freier Platz', ({ neededBytes, freeBytes }) => {
    const [needed, free] = [bytes(neededBytes), bytes(freeBytes)]
    const numbers = needed && free ? ` Gebraucht werden ${needed}, frei sind ${free}.` : ''
    return {
      message: `Der Datenträger ist zu voll für die Sicherung.${numbers}`,
      hint: 'Löschen Sie nicht mehr benötigte Sicherungen oder bitten Sie den Betreiber um mehr Platz.',
    }
  }),
  ...germanSourceErrors,
  ...germanServerErrors,
  'connection-missing': naming('Die Verbindung ist nicht bekannt', ({ reference }) => ({
    message: `Wo das Profil die Verbindung sucht${named(reference)}, steht keine.`,
    hint: 'Setzen Sie die Umgebungsvariable der Anwendung, oder legen Sie die Datei an, so dass die Anwendung sie lesen darf. Der Inhalt wird nie angezeigt.',
  })),
  'proof-failed': always(
    'Die Sicherung ist beschädigt',
    'Die Prüfung hat einen Schaden an der Kopie gefunden.',
    'Verlassen Sie sich nicht darauf, erstellen Sie eine neue und lassen Sie den Datenträger prüfen.',
  ),
  'newer-format': always(
    'Von einer neueren Version geschrieben',
    'Diese Angaben stammen von einer neueren Version und werden nicht verstanden.',
    'Aktualisieren Sie das Plugin.',
  ),
  'newer-application': naming('Aus einer neueren Version der Anwendung', ({ backup, running }) => ({
    message:
      backup && running
        ? `Die Sicherung stammt aus Version ${backup} der Anwendung, installiert ist die ältere Version ${running}.`
        : 'Die Sicherung stammt aus einer neueren Version der Anwendung als der installierten.',
    hint: 'Aktualisieren Sie zuerst die Anwendung, oder nehmen Sie eine ältere Sicherung.',
  })),
  'other-version': naming('Aus einer anderen Version der Anwendung', ({ backup, running }) => ({
    message:
      backup && running
        ? `Das Archiv stammt aus Version ${backup} der Anwendung, installiert ist Version ${running}.`
        : 'Das Archiv stammt aus einer anderen Version der Anwendung als der installierten.',
    hint: 'Installieren Sie die genannte Version, nehmen Sie ein anderes Archiv, oder verlangen Sie ausdrücklich, dass die Version nicht zählt.',
  })),
  'database-in-use': naming('Die Datenbank ist in Benutzung', ({ database, processes }) => ({
    message: `Die Datenbank${named(database)} ist geöffnet${processes ? `: ${processes}` : ''}.`,
    hint: 'Beenden Sie die Anwendung und versuchen Sie es noch einmal. Es wurde nichts geändert.',
  })),
  'use-unknown': naming('Ob die Datenbank benutzt wird, ist nicht zu sehen', ({ database, unseen }) => ({
    message: unseen
      ? `In ${unseen} Prozesse anderer Benutzer lässt sich nicht hineinsehen; einer davon könnte die Datenbank${named(database)} geöffnet haben.`
      : `Auf diesem System ist nicht zu sehen, welche Prozesse die Datenbank${named(database)} geöffnet haben.`,
    hint: 'Vergewissern Sie sich, dass die Anwendung beendet ist, und bestätigen Sie es, oder arbeiten Sie als root.',
  })),
  'wrong-tenant': always(
    'Diese Sicherung gehört einem anderen Mandanten',
    'Die Sicherung liegt im Ordner eines anderen Mandanten als die Datenbank.',
    'Wenn sie wirklich diese Datenbank ersetzen soll, kopieren Sie sie zuerst in deren Ordner der Sicherungen: Dort gilt sie als fremde Datei und wird geprüft.',
  ),
  'restore-not-allowed': always(
    'Wiederherstellen ist auf dieser Seite nicht erlaubt',
    'Der Betreiber hat das Wiederherstellen auf dieser Seite nicht freigegeben.',
    'Geben Sie ihm den Befehl, der auf der Seite der Wiederherstellung steht, oder bitten Sie um die Freigabe.',
  ),
  'restore-unavailable': always(
    'Diese Anwendung kann nicht wiederherstellen, während sie läuft',
    'Sie kann ihre Datenbank weder schließen noch vor dem Öffnen warten.',
    'Der Betreiber beendet die Anwendung und führt den Befehl aus, der auf der Seite der Wiederherstellung steht.',
  ),
  'restore-waiting': always(
    'Eine Wiederherstellung wartet',
    'Eine Wiederherstellung wartet auf den nächsten Start der Anwendung.',
    'Starten Sie die Anwendung neu, damit sie ausgeführt wird, oder brechen Sie sie zuerst ab.',
  ),
  'wrong-confirmation': naming('Der Name stimmt nicht', ({ expected }) => ({
    message: expected ? `Geben Sie genau „${expected}“ ein.` : 'Geben Sie genau den Namen des Mandanten ein.',
    hint: 'Es wurde nichts geändert.',
  })),
  'suspend-failed': always(
    'Die Datenbank ließ sich nicht schließen',
    'Die Anwendung hat die Datenbank nicht geschlossen, oder zu früh wieder geöffnet. Die Daten sind die alten.',
    'Versuchen Sie es in einer ruhigeren Minute noch einmal, oder lassen Sie den Betreiber bei beendeter Anwendung wiederherstellen.',
  ),
  'too-late': always(
    'Zu spät zum Abbrechen',
    'Die Sicherung ist schon an ihrem Platz.',
    'Lassen Sie den Vorgang zu Ende gehen. Der Stand davor wurde gesichert, Sie können zu ihm zurück.',
  ),
  ...germanUploadErrors,
  'io-failed': always(
    'Lesen oder Schreiben ist fehlgeschlagen',
    'Der Datenträger hat einen Fehler gemeldet.',
    'Versuchen Sie es noch einmal. Bleibt es dabei, muss der Betreiber den Datenträger prüfen.',
  ),
  cancelled: naming('Abgebrochen', ({ partly }) =>
    partly
      ? {
          message: 'Der Vorgang wurde abgebrochen. Was bis dahin zurückgelegt war, bleibt.',
          hint: 'Jede Datei ist ganz die alte oder ganz die neue. Stellen Sie noch einmal wieder her, um es zu Ende zu bringen.',
        }
      : {
          message: 'Der Vorgang wurde abgebrochen. Es ist nichts davon zurückgeblieben.',
          hint: 'Starten Sie ihn noch einmal, wenn Sie ihn brauchen.',
        },
  ),
  'timed-out': always(
    'Es hat zu lange gedauert',
    'Der Vorgang wurde nach der erlaubten Zeit beendet.',
    'Versuchen Sie es zu einer ruhigeren Zeit, oder bitten Sie den Betreiber um eine längere Frist.',
  ),
  interrupted: always(
    'Unterbrochen',
    'Die Anwendung endete, bevor der Vorgang fertig war.',
    'Starten Sie ihn noch einmal. Reste wurden weggeräumt.',
  ),
  'worker-crashed': always(
    'Der Sicherungsprozess endete unerwartet',
    'Der Prozess, der sichert, ist abgestürzt oder wurde beendet.',
    'Versuchen Sie es noch einmal. Geschieht es wieder, hilft dem Betreiber das Protokoll.',
  ),
  'look-stopped': naming('Der Blick in die Sicherung wurde abgebrochen', explainStop),
  internal: always(
    'Etwas ist schiefgegangen',
    'Ein unerwarteter Fehler ist aufgetreten.',
    'Versuchen Sie es noch einmal. Geschieht es wieder, hilft dem Betreiber das Protokoll.',
  ),
}

function explainStop({ limit, seconds }: ErrorDetails): Explanation {
  if (limit === 'crash')
    return {
      message: 'Der Prozess, der in die Sicherung sah, ist unerwartet zu Ende gegangen.',
      hint: 'Die Sicherung ist vielleicht beschädigt, oder jemand hat sie so gebaut, dass sie schadet. Prüfen Sie sie, oder nehmen Sie eine andere.',
    }
  const message =
    limit === 'memory'
      ? 'Dafür wäre mehr Speicher nötig gewesen, als dafür da ist.'
      : seconds === undefined
        ? 'Es hat zu lange gedauert.'
        : `Es hat länger als ${seconds} s gedauert.`
  return {
    message,
    hint: 'Suchen Sie nach etwas anderem, oder laden Sie die ganze Sicherung herunter und öffnen Sie sie mit einem eigenen Programm.',
  }
}

function explainRequest({ field, max, chosen, late }: ErrorDetails): Explanation {
  if (chosen === 0)
    return {
      message: 'Es wurde keine Zeile ausgewählt.',
      hint: 'Haken Sie die Zeilen an, die Sie haben wollen.',
    }
  if (field === 'missing')
    return {
      message: 'Die Zeilen dieser Tabelle lassen sich nicht mit denen von heute vergleichen.',
      hint: 'Sehen Sie alle Zeilen an, statt nur die, die heute fehlen.',
    }
  const ofArchive = archiveFields[String(field).split('.', 1)[0]!]
  if (ofArchive) return ofArchive
  if (field === 'note' && max !== undefined) {
    return {
      message: `Die Notiz muss ein Text von höchstens ${max} Zeichen sein.`,
      hint: 'Kürzen oder berichtigen Sie die Notiz. Es wurde nichts geändert.',
    }
  }
  if (field === 'acceptImported')
    return {
      message: 'Das Archiv kam von anderswo: Bestätigen Sie auch, dass Sie das wissen.',
      hint: 'Es wurde nichts geändert.',
    }
  if (late === 1)
    return {
      message: 'Das Formular muss eine einzige Datei enthalten, und alle anderen Felder vor ihr.',
      hint: 'Es wurde nichts geändert.',
    }
  if (typeof field === 'string' && field.startsWith('to.'))
    return {
      message: `„${field.slice(3)}“ braucht einen Ort: den ganzen Pfad, von / an.`,
      hint: 'Es wurde nichts geändert.',
    }
  return {
    message:
      field === undefined
        ? 'Die Anfrage enthält etwas, das hier nicht vorgesehen ist.'
        : `Die Anfrage enthält im Feld${named(field)} etwas, das dort nicht vorgesehen ist.`,
    hint: 'Gehen Sie zurück zur Übersicht und versuchen Sie es von dort noch einmal.',
  }
}

/** What can be wrong about an archive that is to be made or put back. */
const archiveFields: Readonly<Record<string, Explanation | undefined>> = {
  sources: {
    message: 'Es wurde nichts ausgewählt, oder etwas, das nicht in diesem Archiv ist.',
    hint: 'Wählen Sie mindestens eine der genannten Quellen. Es wurde nichts geändert.',
  },
  to: {
    message: 'Ein anderer Ort braucht einen ganzen Pfad, von / an.',
    hint: 'Lassen Sie das Feld leer, damit die Quelle an ihren eigenen Ort kommt. Es wurde nichts geändert.',
  },
  replaceDatabases: {
    message: 'Eine Datenbank auf dem Server würde ersetzt, und alle würden von ihr getrennt.',
    hint: 'Bestätigen Sie auch das mit dem Kästchen. Es wurde nichts geändert.',
  },
  content: {
    message: 'Davon hat das Profil nichts.',
    hint: 'Wählen Sie Dateien und Datenbanken, oder ergänzen Sie das Profil. Es wurde nichts begonnen.',
  },
}

/** Sizes come from the run that would exceed them, numbers and intervals from the check before it begins. */
function explainLimit({ count, max, minutes, after, limit }: ErrorDetails): Explanation {
  if (minutes !== undefined) {
    return {
      message: `Der Betreiber erlaubt nur ${minutes === 1 ? 'jede Minute' : `alle ${minutes} Minuten`} eine Sicherung.`,
      hint: 'Versuchen Sie es später noch einmal, oder bitten Sie den Betreiber um einen kürzeren Abstand.',
    }
  }
  return {
    message: exceeded(count, max) ?? tooLarge(bytes(after), bytes(limit)) ?? exceedsInGeneral,
    hint: 'Löschen Sie nicht mehr benötigte Sicherungen oder bitten Sie den Betreiber um mehr.',
  }
}

const exceedsInGeneral = 'Noch eine Sicherung wäre mehr, als der Betreiber erlaubt.'

const exceeded = (count: string | number | undefined, max: string | number | undefined) =>
  count === undefined || max === undefined
    ? null
    : `Es gibt schon ${count === 1 ? 'eine Sicherung' : `${count} Sicherungen`}, und der Betreiber erlaubt höchstens ${max}.`

const tooLarge = (after: string | undefined, limit: string | undefined) =>
  after && limit
    ? `Mit der nächsten Sicherung wäre der Ordner ${after} groß, und der Betreiber erlaubt höchstens ${limit}.`
    : null
