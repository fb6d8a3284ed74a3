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
    return "[U+" + character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "]";
  });
}

function clockText(time) {
  return (time / 1e6).toFixed(3) + " s";
}

function lengthText(time) {
  return time < 1e3 ? time.toFixed(0) + " us" : time < 1e5 ? (time / 1e3).toFixed(1) + " ms" : clockText(time);
}

function bytesText(bytes) {
  return bytes + (bytes === 1 ? " byte" : " bytes");
}

class TaskTimeline {
  constructor(task, poem, index) {
    Object.assign(this, task, { poem, number: index + 1, look: (index % 8) + 1 });
    this.start ??= Infinity;
    this.end ??= Infinity;
    this.begins = []; // of its slices
    this.ends = [];
    this.arrived = []; // bytes in total, by the beginning of each
  }

  add(begin, length, bytes) {
    this.begins.push(begin);
    this.ends.push(begin + length);
    this.arrived.push(this.bytesBy(this.arrived.length) + bytes);
  }

  // How many of its slices have begun.
  slicesBy(time) {
    return upperBound(this.begins, time);
  }

  // How many bytes had arrived when that many of its slices had begun.
  bytesBy(slices) {
    return this.arrived[slices - 1] ?? 0;
  }

  // The text of these bytes, with control characters by name. A character whose end has not come is
  // not shown, except at the end of the poem.
  textBy(slices) {
    const isWhole = slices > 0 && slices === this.arrived.length;
    const bytes = isWhole ? this.poem : this.poem.subarray(0, this.bytesBy(slices));
    return madeVisible(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: !isWhole }));
  }

  stateAt(time) {
    if (time < this.start) return "idle";
    if (time >= this.end) return this.status || "complete";
    return time < this.ends[this.slicesBy(time) - 1] ? "working" : "waiting";
  }
}

// A recorded run, with what the replay asks of it at any moment.
function timelineOf(run, poems) {
  const tasks = run.tasks.map((task, index) => new TaskTimeline(task, poems[task.poem], index));
  const { ts, dur, task, bytes } = run.slices;
  ts.forEach((begin, i) => tasks[task[i]].add(begin, dur[i], bytes[i]));
  const ticks = run.ticks.ts.map((at, i) => ({ at, due: Math.max(0, at - run.ticks.late[i]) }));
  const worstTick = run.ticks.late.reduce((worst, late) => Math.max(worst, late), 0);
  return { ...run, tasks, ticks, worstTick };
}

// What happens at a time, in words; at most three things.
function eventText(runs, time) {
  const parts = [];
  for (const run of runs) {
    const { slices } = run;
    for (let i = upperBound(slices.ts, time) - 1; slices.ts[i] === time; --i) {
      parts.push(run.label + ", task " + (slices.task[i] + 1) + ": " +
        (slices.bytes[i] > 0 ? bytesText(slices.bytes[i]) : "works"));
    }
  }
  const more = parts.length > 3 ? " and " + (parts.length - 3) + " more" : "";
  return parts.slice(0, 3).join("; ") + more;
}

// The run as a trace that poetry-figure and Perfetto read.
function traceOf(run, poems) {
  const { slices, ticks, command, host, date } = run;
  const main = { pid: 1, tid: 1 };
  const events = slices.ts.map((ts, i) => ({ ph: "X", cat: "work", pid: 1, tid: slices.thread[i] + 1,
    ts, dur: slices.dur[i], name: "task " + (slices.task[i] + 1),
    args: { task: slices.task[i] + 1, bytes: slices.bytes[i] } }));
  run.tasks.forEach(({ server, start, end }, i) => {
    if (start === null) return;
    const common = { cat: "task", id: i + 1, ...main, name: "task " + (i + 1) };
    events.push({ ph: "b", ...common, ts: start, args: { server } }, { ph: "e", ...common, ts: end });
  });
  ticks.ts.forEach((ts, i) => events.push({ ph: "i", s: "p", cat: "tick", ...main, ts,
    name: "tick", args: { late_us: ticks.late[i] } }));
  const seconds = (time) => (time === null ? null : time / 1e6);
  const tasks = run.tasks.map(({ server, status, error, bytes, start, end }, i) =>
    ({ task: i + 1, server, status, error, bytes, start_s: seconds(start), end_s: seconds(end) }));
  return { traceEvents: events, displayTimeUnit: "ms", otherData: { result: { ...run.result, tasks },
    poems: run.tasks.map(({ poem }, i) => ({ task: i + 1, base64: poems[poem] })), command, host, date } };
}
