// Signing off, then locking and exporting.
import { useState } from "preact/hooks";
import { ApiError, interview, post } from "./api";
import type { Desk } from "./desk";
import { Dialog } from "./dialog";
import { useDesk } from "./hooks";
import type { Exported, ViewData } from "./types";
import { count, moment, percent } from "./words";

export function SignDialog({ desk }: { desk: Desk }) {
  useDesk(desk);
  const { facts } = desk.view;
  return facts.signed ? <LockDialog desk={desk} /> : <Signing desk={desk} />;
}

function Signing({ desk }: { desk: Desk }) {
  const { view, review, session } = desk;
  const [who, setWho] = useState(session.who);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const flags = view.flags().length;
  const open = flags + view.unfitting.length;
  const heard = view.facts.has_audio ? Math.max(view.facts.heard_share ?? 0, desk.heard.share) : null;
  const sign = async () => {
    setBusy(true);
    try {
      desk.heard.send();
      await review.settled();
      await post("/api/session", { who });
      session.who = who;
      const answer = await post<{ view?: ViewData }>(interview(review.id, "/sign"), { version: review.version, who });
      if (answer.view) review.take(answer.view);
      else await review.reload();
    } catch (error) {
      if (error instanceof ApiError && error.body.view) review.take(error.body.view as ViewData);
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <Dialog desk={desk} title="Sign off" action={busy ? "Signing …" : "Sign"}
      off={busy || open > 0 || !/^[\w.]{1,8}$/u.test(who)} onAction={() => void sign()}>
      <ul class="checks">
        {heard !== null && (
          <Check good={heard >= 0.95} text={`${percent(heard)} of the recording was heard`}
            more={heard < 0.95 ? "The share is stated with your signature. Alt G plays the next place that was not heard." : ""} />
        )}
        <Check good={!desk.openDoubts().length} text={desk.openDoubts().length
          ? `${count(desk.openDoubts().length, "doubtful place")} not looked at` : "Every doubtful place was looked at"} />
        <Check good={!flags} bad={!!flags} text={flags ? `${count(flags, "flag")} to decide` : "Every flag is decided"} />
        <Check good={!view.unfitting.length} bad={!!view.unfitting.length}
          text={view.unfitting.length ? `${count(view.unfitting.length, "earlier change")} that fits nowhere` : "Every change has its place"} />
        <Check good text={view.facts.undo ? `${count(view.facts.undo, "change")} made` : "Nothing was changed"} />
      </ul>
      <p class="hint">With your initials you say: I compared the words with the recording, and what is hidden and what is readable
        is as it should be. Any later change takes the signature away.</p>
      <div class="fields">
        <label>Initials
          <input type="text" value={who} maxLength={8} data-first autocomplete="off" onInput={(event) => setWho(event.currentTarget.value)} />
        </label>
      </div>
      {open > 0 && <p class="problem">Something is still open: decide it first.</p>}
      {problem && <p class="problem" role="alert">{problem}</p>}
    </Dialog>
  );
}

function LockDialog({ desk }: { desk: Desk }) {
  const { review } = desk;
  const { signed, locked, lock_version: version } = desk.view.facts;
  const [anew, setAnew] = useState(false);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const lock = async () => {
    setBusy(true);
    try {
      await review.settled();
      const done = await post<Exported & { view: ViewData }>(interview(review.id, "/export"), { lock: true, new_version: anew });
      review.take(done.view);
      desk.dialog = { name: "done", files: done.files, messages: done.messages };
      desk.changed();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <Dialog desk={desk} title={locked ? "Export" : "Lock and export"} off={busy} onAction={() => void lock()}
      action={busy ? "Writing the files …" : locked ? "Export" : "Lock and export"}>
      {signed && <p>Checked by <b>{signed.who || "a person"}</b>, {moment(signed.when)}.</p>}
      <p>{locked
        ? `The line numbers of version ${version} stand; what was added since has numbers such as 214a. The files in share/ are written again from what you see here.`
        : "The line numbers are frozen, so that they can be cited, and the files in share/ are written from what you see here. A later change needs a new version."}</p>
      {locked && (
        <label class="check"><input type="checkbox" checked={anew} onChange={() => setAnew(!anew)} /> number the lines anew, as
          version {version + 1}; the old numbers are listed beside the new ones</label>
      )}
      {busy && <p class="hint" role="status">This takes about a minute for a long interview.</p>}
      {problem && <p class="problem" role="alert">{problem}</p>}
    </Dialog>
  );
}

export function DoneDialog({ desk, files, messages }: { desk: Desk } & Exported) {
  return (
    <Dialog desk={desk} title="Written">
      {messages.map((message) => <p key={message}>{message}</p>)}
      <ul class="files">{files.map((file) => <li key={file}><code>{file}</code></li>)}</ul>
    </Dialog>
  );
}

function Check({ good, bad, text, more }: { good: boolean; bad?: boolean; text: string; more?: string }) {
  return (
    <li class={good ? "good" : bad ? "bad" : "fair"}>
      <span class="sign" aria-hidden="true">{good ? "✓" : bad ? "✕" : "•"}</span>
      <span>{text}{more && <small>{more}</small>}</span>
    </li>
  );
}
