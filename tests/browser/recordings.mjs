// Recordings for the page under test: of real runs when the server and the clients have been
// built, otherwise traces of the same form, written here.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { join } from "node:path";

export const programs = process.env.POETRY_BIN;
if (!programs) throw new Error("POETRY_BIN must name the folder of built programs");

// The last byte of one chunk is often the first of a character: the sizes are chosen to cut it.
const poems = [
  "The river \u2014 slow, and grey \u2014 says nothing\u2026\nand the caf\u00e9 lamp says less.\n\tWait.\n".repeat(3),
  "One line.\nAnother \u6f22\u5b57 line.\n",
  "A poem that is the shortest of three.\n",
].map((text) => Buffer.from(text));

const evil = [
  Buffer.concat([
    Buffer.from("</script><img src=x onerror=\"document.title='owned';console.log('owned')\">"),
    Buffer.from([0x1b]), Buffer.from("[31m\0\x07\x7f <!-- <script> \u202e "), Buffer.from([0xff, 0xc3]),
  ]),
];

function writtenTrace(model, texts, size = 7) {
  const events = [];
  const tasks = [];
  let now = 50;
  const add = (task, ts, dur, bytes) => events.push({ ph: "X", cat: "work", pid: 1, tid: 1, ts, dur,
    name: "task " + task, args: { task, bytes } });
  const chunks = (text) => Math.ceil(text.length / size);
  const span = (task, start, end) => {
    const common = { cat: "task", id: task, pid: 1, tid: 1, name: "task " + task };
    events.push({ ph: "b", ...common, ts: start, args: { server: "127.0.0.1:" + (9999 + task) } });
    events.push({ ph: "e", ...common, ts: end });
    tasks.push({ task, server: "127.0.0.1:" + (9999 + task), status: "complete", error: null,
      bytes: texts[task - 1].length });
  };
  texts.forEach((text, i) => {
    const start = model === "blocking" ? now : 50;
    for (let chunk = 0; chunk < chunks(text); ++chunk) {
      add(i + 1, start + chunk * 20000 + i * 100, 40, Math.min(size, text.length - chunk * size));
    }
    const end = start + chunks(text) * 20000 + i * 100;
    add(i + 1, end, 5, 0);
    span(i + 1, start, end + 6);
    now = Math.max(now, end + 10);
  });
  for (let due = 10000; due < now; due += 10000) {
    events.push({ ph: "i", s: "p", cat: "tick", pid: 1, tid: 1, ts: due + 80, name: "tick", args: { late_us: 80 } });
  }
  const wall = Math.max(...events.filter((event) => event.ph === "e").map((event) => event.ts)) + 10;
  return { traceEvents: events, displayTimeUnit: "ms", otherData: {
    result: { schema: "slowpoetry.run/1", model, wall_s: wall / 1e6, sum_task_s: 1, longest_task_s: 1,
      cpu_user_s: 0.001, cpu_system_s: 0.001, tasks },
    poems: texts.map((text, i) => ({ task: i + 1, base64: text.toString("base64") })),
    command: "get-poetry-" + model, host: "a test", date: "2026-01-01" } };
}

async function recordRuns(folder, name, texts, models) {
  const files = texts.map((text, i) => join(folder, `${name}-${i + 1}.txt`));
  files.forEach((file, i) => writeFileSync(file, texts[i]));
  const portFile = join(folder, name + ".ports");
  const server = spawn(join(programs, "slowpoetry"),
    ["--num-bytes", "7", "--delay", "20ms", "--port-file", portFile, "-q", ...files], { stdio: "ignore" });
  try {
    for (let i = 0; i < 500 && !existsSync(portFile); ++i) await pause(20);
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

export const real = ["slowpoetry", "get-poetry-blocking", "get-poetry-async"]
  .every((program) => existsSync(join(programs, program)));

async function recordings(folder, name, texts, models) {
  if (real) return recordRuns(folder, name, texts, models);
  return models.map((model) => {
    const trace = join(folder, `${name}-${model}.json`);
    writeFileSync(trace, JSON.stringify(writtenTrace(model, texts)));
    return trace;
  });
}

// Makes a page and returns its file and the bytes of its poems.
export async function makePage(folder, kind) {
  const texts = kind === "evil" ? evil : poems;
  const models = kind === "evil" ? ["async"] : ["blocking", "async"];
  const traces = await recordings(folder, kind, texts, models);
  const file = join(folder, kind + ".html");
  execFileSync(join(programs, "poetry-figure"), [...traces, "-o", file]);
  return { file, texts, models };
}

// A run whose only task fails after 30 bytes.
export function makeFailedPage(folder) {
  const bytes = Buffer.from("ten bytes\n".repeat(3));
  const trace = writtenTrace("async", [bytes], 10);
  Object.assign(trace.otherData.result.tasks[0], { status: "failed", error: "Connection reset" });
  const json = join(folder, "failed.json");
  writeFileSync(json, JSON.stringify(trace));
  const file = join(folder, "failed.html");
  execFileSync(join(programs, "poetry-figure"), [json, "-o", file]);
  return file;
}

// A run of many tasks and slices, too large to be drawn whole.
export function makeCrowdedPage(folder) {
  const tasks = 10000;
  const slices = Number(process.env.POETRY_CROWD ?? 100000);
  const events = [];
  for (let i = 0; i < slices; ++i) {
    const task = (i % tasks) + 1;
    events.push({ ph: "X", cat: "work", pid: 1, tid: 1, ts: i * 10, dur: 4.2, name: "task " + task,
      args: { task, bytes: 10 } });
  }
  for (let task = 1; task <= tasks; ++task) {
    const common = { cat: "task", id: task, pid: 1, tid: 1, name: "task " + task };
    events.push({ ph: "b", ...common, ts: (task - 1) * 10, args: { server: "127.0.0.1:10000" } });
    events.push({ ph: "e", ...common, ts: (slices - tasks + task) * 10 });
  }
  const trace = { traceEvents: events, displayTimeUnit: "ms", otherData: {
    result: { schema: "slowpoetry.run/1", model: "async", wall_s: slices / 1e5, tasks: [] },
    poems: Array.from({ length: tasks }, (_, i) => ({ task: i + 1,
      base64: Buffer.from("ten bytes\n".repeat(slices / tasks)).toString("base64") })),
    command: "get-poetry-async", host: "a test", date: "2026-01-01" } };
  const json = join(folder, "crowded.json");
  writeFileSync(json, JSON.stringify(trace));
  const file = join(folder, "crowded.html");
  execFileSync(join(programs, "poetry-figure"), [json, "-o", file]);
  return file;
}
