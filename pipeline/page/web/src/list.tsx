// The interviews: state, quality, what is open, and what to do next.
import { useEffect, useState } from "preact/hooks";
import { get } from "./api";
import type { Interview, InterviewState } from "./types";
import { clock, count, length, percent } from "./words";

const STATES: Record<InterviewState, string> = {
  waiting: "Waiting",
  transcribed: "Transcribed",
  in_review: "In review",
  signed: "Signed",
  locked: "Locked",
};

export function InterviewList() {
  const [rows, setRows] = useState<Interview[] | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    get<{ interviews: Interview[] }>("/api/interviews").then(
      (answer) => setRows(answer.interviews),
      (error: Error) => setProblem(error.message),
    );
  }, []);
  const left = rows?.filter((row) => row.state === "transcribed" || row.state === "in_review").length ?? 0;
  return (
    <main class="list">
      <p class="eyebrow">On this machine only</p>
      <h1>Interviews</h1>
      {problem && <p class="problem" role="alert">{problem}</p>}
      {rows && rows.length > 0 && (
        <p class="lead">{left ? `${count(left, "interview")} to review.` : "Nothing is waiting for a review."}</p>
      )}
      {rows && !rows.length && (
        <p class="empty">There is no transcript yet. Transcribe a recording first: <code>ipa run recordings/P01.m4a</code></p>
      )}
      {!rows && !problem && <p class="loading" role="status">Looking …</p>}
      {rows && rows.length > 0 && (
        <div class="table-holder">
          <table>
            <thead>
              <tr>
                <th scope="col">Interview</th>
                <th scope="col">State</th>
                <th scope="col" class="n">Length</th>
                <th scope="col">Sound</th>
                <th scope="col" class="n">Open</th>
                <th scope="col" class="n">Heard</th>
                <th scope="col" class="n">Review took</th>
                <th scope="col">Next</th>
              </tr>
            </thead>
            <tbody>{rows.map((row) => <Row row={row} key={row.id} />)}</tbody>
          </table>
        </div>
      )}
    </main>
  );
}

function Row({ row }: { row: Interview }) {
  const ready = row.state !== "waiting";
  return (
    <tr>
      <th scope="row">
        {ready ? <a href={`#/${encodeURIComponent(row.id)}`}>{row.id}</a> : row.id}
      </th>
      <td><span class={`state ${row.state}`}>{STATES[row.state] ?? row.state}</span></td>
      <td class="n">
        {row.seconds ? clock(row.seconds) : "–"}
        <small>{row.words ? count(row.words, "word") : ""}</small>
      </td>
      <td class="quality">{row.has_audio ? row.quality || "nothing to remark" : row.seconds ? "the recording is gone" : "typed"}</td>
      <td class="n">{ready ? row.open || "none" : "–"}</td>
      <td class="n">{ready && row.seconds ? percent(row.heard) : "–"}</td>
      <td class="n">{row.review_s ? length(row.review_s) : "–"}</td>
      <td class="next">{row.next}</td>
    </tr>
  );
}
