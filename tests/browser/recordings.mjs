// Pages under test: of runs recorded here, and of traces written for what no run does reliably.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { join } from "node:path";

export const programs = process.env.POETRY_BIN;
if (!programs) throw new Error("POETRY_BIN must name the folder of built programs");

// The last byte of one chunk is often the first of a character: the sizes are chosen to cut it.
const poems = [
  "The river \u2014 slow, and grey \u2014 says nothing\u2026\nand the caf\u00e9 lamp says less.\n\tWait.\n".repeat(3),
  "One line.\nAnother \u6f22\u5b57 line.\n".repeat(5),
  "A poem that is the shortest of three.\n",
].map((text) => Buffer.from(text));

const evil = [
  Buffer.concat([
    Buffer.from("</script><img src=x onerror=\"document.title='owned';console.log('owned')\">"),
    Buffer.from([0x1b]), Buffer.from("[31m\0\x07\x7f <!-- <script> \u202e "), Buffer.from([0xff, 0xc3]),
  ]),
];

async function recordRuns(folder, name, texts, models) {
  const files = texts.map((text, i) => join(folder, `${name}-${i + 1}.txt`));
  files.forEach((file, i) => writeFileSync(file, texts[i]));
  const portFile = join(folder, name + ".ports");
  const server = spawn(join(programs, "slowpoetry"),
    ["--num-bytes", "7", "--delay", "20ms", "--port-file", portFile, "-q", ...files], { stdio: "ignore" });
  try {
    for (let i = 0; i < 3000 && !existsSync(portFile); ++i) await pause(20);
    const servers = readFileSync(portFile, "utf8").trim().split("\n");
    return models.map((model) => {
      const trace = join(folder, `${name}-${model}.json`);
      execFileSync(join(programs, "get-poetry-" + model), ["--tick", "10ms", "--trace", trace, ...servers]);
      return trace;
    });
  } finally {
    server.kill();
  }
}

// Makes a page and returns its file, its recordings and the bytes of its poems.
export async function makePage(folder, kind) {
  const texts = kind === "evil" ? evil : poems;
  const models = kind === "evil" ? ["async"] : ["blocking", "async"];
  const traces = await recordRuns(folder, kind, texts, models);
  return { file: draw(folder, kind, traces), traces, texts, models };
}

function draw(folder, name, traces) {
  const file = join(folder, name + ".html");
  execFileSync(join(programs, "poetry-figure"), [...traces, "-o", file]);
  return file;
}

// A page of one run of the asynchronous client: `tasks` get ten bytes every 10 us, in turn.
function makeWrittenPage(folder, name, tasks, slices, ending = {}) {
  const events = [];
  for (let i = 0; i < slices; ++i) {
    const task = (i % tasks) + 1;
    events.push({ ph: "X", cat: "work", pid: 1, tid: 1, ts: i * 10, dur: 4.2, name: "task " + task,
      args: { task, bytes: 10 } });
  }
  const told = Array.from({ length: tasks }, (_, i) => ({ task: i + 1, server: "127.0.0.1:10000",
    status: "complete", start_s: i / 1e5, end_s: (slices - tasks + i + 1) / 1e5, ...ending }));
  const trace = { traceEvents: events, displayTimeUnit: "ms", otherData: {
    result: { schema: "slowpoetry.run/1", model: "async", wall_s: slices / 1e5, tasks: told },
    poems: Array.from({ length: tasks }, (_, i) => ({ task: i + 1,
      base64: Buffer.from("ten bytes\n".repeat(slices / tasks)).toString("base64") })),
    command: "get-poetry-async", host: "a test", date: "2026-01-01" } };
  const json = join(folder, name + ".json");
  writeFileSync(json, JSON.stringify(trace));
  return draw(folder, name, [json]);
}

// A run whose only task fails after 30 bytes.
export function makeFailedPage(folder) {
  return makeWrittenPage(folder, "failed", 1, 3, { status: "failed", error: "Connection reset" });
}

// About as much as a page takes.
export function makeCrowdedPage(folder) {
  return makeWrittenPage(folder, "crowded", 1000, 90000);
}
