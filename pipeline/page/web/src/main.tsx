// The page: a list of interviews, or one of them. The address after # says which: #/P03.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, GoneError, openSession } from "./api";
import { Desk } from "./desk";
import { InterviewList } from "./list";
import { ReviewPage } from "./page";
import { Review } from "./review";
import type { Session } from "./types";
import { Notice } from "./notice";

let open: Desk | null = null;

function App() {
  const [session, setSession] = useState<Session | null>(null);
  const [locked, setLocked] = useState(false);
  const [problem, setProblem] = useState("");
  const [id, setId] = useState(idInAddress());
  const [desk, setDesk] = useState<Desk | null>(null);

  useEffect(() => {
    openSession(() => setLocked(true)).then(
      (opened) => {
        if (opened.only && !location.hash) location.replace(`#/${opened.only}`);
        setSession(opened);
      },
      (error) => setProblem(words(error)),
    );
    const moved = () => setId(idInAddress());
    const leaving = () => open?.close();
    addEventListener("hashchange", moved);
    addEventListener("pagehide", leaving);
    return () => {
      removeEventListener("hashchange", moved);
      removeEventListener("pagehide", leaving);
    };
  }, []);

  useEffect(() => {
    setProblem("");
    setDesk(null);
    if (!session || !id) return;
    let gone = false;
    Review.open(id).then(
      (review) => {
        if (gone) return;
        open = new Desk(review, session);
        setDesk(open);
      },
      (error) => setProblem(words(error)),
    );
    return () => {
      gone = true;
      open?.close();
      open = null;
    };
  }, [session, id]);

  useEffect(() => {
    document.title = id ? `${id} – review` : "Interviews – review";
  }, [id]);

  if (locked) return <Locked desk={desk} />;
  if (problem) {
    return (
      <Notice title={id ? `${id} cannot be opened` : "The list cannot be shown"} text={problem}>
        {id && <a class="button" href="#/">All interviews</a>}
      </Notice>
    );
  }
  if (!session || (id && !desk)) return <p class="loading" role="status">Opening …</p>;
  return desk ? <ReviewPage desk={desk} key={desk.review.id} /> : <InterviewList />;
}

/** After idle time only the program itself opens the page again; what was not stored can still be copied. */
function Locked({ desk }: { desk: Desk | null }) {
  desk?.player.pause();
  const kept = desk?.review.kept ?? [];
  return (
    <Notice
      title="Locked"
      text="Nothing was done here for a while, so the page has locked itself. Everything up to then is saved. Run ipa review again to go on."
    >
      {kept.map((one) => <blockquote key={one.id}>{one.text}</blockquote>)}
    </Notice>
  );
}

function idInAddress(): string {
  return decodeURIComponent(location.hash.replace(/^#\/?/u, ""));
}

function words(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof GoneError) return "The program does not answer. Start it again: ipa review";
  throw error;
}

render(<App />, document.getElementById("app")!);
