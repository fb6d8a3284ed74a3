"use strict";

// The state of a run at any moment. Times are microseconds since its start.

const tooLate = 10e3; // of a tick

function upperBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

// Control characters, and those that change the direction of a line, by name; line ends and tabs
// stay.
function madeVisible(text) {
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return "[U+" + code.toString(16).toUpperCase().padStart(4, "0") + "]";
  });
}

function clockText(time) {
  return (time / 1e6).toFixed(3) + " s";
}

function lengthText(time) {
  return time < 1e3 ? time.toFixed(0) + " us" : time < 1e5 ? (time / 1e3).toFixed(1) + " ms" : clockText(time);
}

class TaskTimeline {
  constructor(task, poem, index) {
    this.number = task.number;
    this.server = task.server;
    this.status = task.status;
    this.error = task.error;
    this.start = task.start === null ? Infinity : task.start;
    this.end = task.end === null ? Infinity : task.end;
    this.size = task.bytes;
    this.poem = poem;
    this.look = (index % 8) + 1;
    this.begins = []; // of its slices
    this.ends = [];
    this.arrived = []; // bytes in total, by the beginning of each
  }

  add(begin, length, bytes) {
    this.begins.push(begin);
    this.ends.push(begin + length);
    this.arrived.push((this.arrived.at(-1) || 0) + bytes);
  }

  // How many of its slices have begun.
  slicesBy(time) {
    return upperBound(this.begins, time);
  }

  // How many bytes had arrived when that many of its slices had begun.
  bytesBy(slices) {
    return slices > 0 ? this.arrived[slices - 1] : 0;
  }

  // The same as a place in the text, which is all shown at the end.
  textBy(slices) {
    return slices > 0 && slices === this.arrived.length ? this.poem.length
      : Math.min(this.bytesBy(slices), this.poem.length);
  }

  stateAt(time) {
    if (time < this.start) return "idle";
    if (time >= this.end) return this.status || "complete";
    const slices = this.slicesBy(time);
    if (slices > 0 && time < this.ends[slices - 1]) return "working";
    return "waiting";
  }
}

class RunTimeline {
  constructor(run, poems) {
    this.label = run.label;
    this.model = run.model;
    this.wall = run.wall;
    this.predicted = run.predicted;
    this.data = run;
    this.tasks = run.tasks.map((task, index) => new TaskTimeline(task, poems[task.poem], index));
    const slices = run.slices;
    slices.ts.forEach((begin, i) => {
      this.tasks[slices.task[i]].add(begin, slices.dur[i], slices.bytes[i]);
    });
    this.ticks = run.ticks.ts.map((at, i) => ({ at, due: Math.max(0, at - run.ticks.late[i]) }));
    this.tickTimes = run.ticks.ts;
    this.worstTick = run.ticks.late.reduce((worst, late) => Math.max(worst, late), 0);
  }
}

// The times at which a slice begins in any of the runs, in order, each once.
function eventTimesOf(runs) {
  return Float64Array.from(new Set(runs.flatMap((run) => run.data.slices.ts))).sort();
}

function namesOf(runs) {
  const names = runs.slice(0, 8).map((run) => run.label);
  return names.join(", ") + (names.length < runs.length ? " and " + (runs.length - names.length) + " more" : "");
}

// What happens at a time, in words; at most three things.
function eventText(runs, time) {
  const parts = [];
  for (const run of runs) {
    const slices = run.data.slices;
    for (let i = upperBound(slices.ts, time) - 1; i >= 0 && slices.ts[i] === time; --i) {
      const task = run.tasks[slices.task[i]];
      const bytes = slices.bytes[i];
      parts.push(run.label + ", task " + task.number + ": " +
        (bytes > 0 ? bytes + (bytes === 1 ? " byte" : " bytes") : "works"));
    }
  }
  const more = parts.length > 3 ? " and " + (parts.length - 3) + " more" : "";
  return parts.slice(0, 3).join("; ") + more;
}

// The run as a trace that poetry-figure and Perfetto read.
function traceOf(run, poems) {
  const data = run.data;
  const events = data.tracks.map((track) => ({
    ph: "M", pid: track.pid, tid: track.tid, name: "thread_name", args: { name: track.name } }));
  const main = data.tracks[0] || { pid: 1, tid: 1 };
  data.slices.ts.forEach((ts, i) => {
    const track = data.tracks[data.slices.track[i]] || main;
    const task = data.tasks[data.slices.task[i]].number;
    events.push({ ph: "X", cat: "work", pid: track.pid, tid: track.tid, ts, dur: data.slices.dur[i],
      name: "task " + task, args: { task, bytes: data.slices.bytes[i] } });
  });
  for (const task of data.tasks) {
    if (task.start === null) continue;
    const common = { cat: "task", id: task.number, pid: main.pid, tid: main.tid,
      name: "task " + task.number };
    events.push({ ph: "b", ...common, ts: task.start, args: { server: task.server } });
    events.push({ ph: "e", ...common, ts: task.end });
  }
  data.ticks.ts.forEach((ts, i) => events.push({ ph: "i", s: "p", cat: "tick", pid: main.pid,
    tid: main.tid, ts, name: "tick", args: { late_us: data.ticks.late[i] } }));
  const tasks = data.tasks.map(({ number, server, status, error, bytes }) => ({ task: number, server, status, error, bytes }));
  return { traceEvents: events, displayTimeUnit: "ms", otherData: { result: { ...data.result, tasks },
    poems: data.tasks.map((task) => ({ task: task.number, base64: poems[task.poem] })),
    command: data.command, host: data.host, date: data.date } };
}
