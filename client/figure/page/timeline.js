"use strict";

// The state of a run at any moment. Times are microseconds since its start.

const tooLate = 10e3; // of a tick

// How many of the values, which are in order, are at most this one.
function countUpTo(value, sorted, valueOf = (item) => item) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (valueOf(sorted[middle]) <= value) low = middle + 1;
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

// Rounded to a tenth of a microsecond, as the times of slices and ticks are.
function microseconds(seconds) {
  return seconds === null ? Infinity : Math.round(seconds * 1e7) / 10;
}

class TaskTimeline {
  constructor({ task, server, status, bytes, start_s, end_s }, poem) {
    Object.assign(this, { number: task, server, status, bytes, poem, slices: [] });
    this.look = ((task - 1) % 8) + 1;
    this.start = microseconds(start_s);
    this.end = microseconds(end_s);
  }

  add(start, length, bytes) {
    const arrived = this.bytesBy(this.slices.length) + bytes;
    this.slices.push({ task: this, start, end: start + length, bytes, arrived });
    return this.slices.at(-1);
  }

  // How many of its slices have begun.
  slicesBy(time) {
    return countUpTo(time, this.slices, (slice) => slice.start);
  }

  // How many bytes had arrived when that many of its slices had begun.
  bytesBy(slices) {
    return slices > 0 ? this.slices[slices - 1].arrived : 0;
  }

  // The text of these bytes, with control characters by name. A character whose end has not come is
  // not shown, except at the end of the poem.
  textBy(slices) {
    const isWhole = slices > 0 && slices === this.slices.length;
    const bytes = isWhole ? this.poem : this.poem.subarray(0, this.bytesBy(slices));
    return madeVisible(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: !isWhole }));
  }

  stateAt(time) {
    if (time < this.start) return "idle";
    if (time >= this.end) return this.status || "complete";
    return time < this.slices[this.slicesBy(time) - 1]?.end ? "working" : "waiting";
  }
}

// A recorded run, with what the replay asks of it at any moment.
function timelineOf({ result, label, predicted, extent, ...run }, poems) {
  const tasks = result.tasks.map((task, i) => new TaskTimeline(task, poems[run.poems[i]]));
  const slices = run.slices.map(([, task, start, length, bytes]) => tasks[task - 1].add(start, length, bytes));
  const ticks = run.ticks.map(([at, late]) => ({ at, due: Math.max(0, at - late) }));
  const worstTick = run.ticks.reduce((worst, [, late]) => Math.max(worst, late), 0);
  const wall = Math.min(microseconds(result.wall_s), extent); // which are rounded apart
  return { label, predicted, extent, wall, tasks, slices, ticks, worstTick };
}

// What happens at a time, in words; at most three things.
function eventText(runs, time) {
  const parts = runs.flatMap(({ label, slices }) => slices.filter(({ start }) => start === time)
    .map(({ task, bytes }) => label + ", task " + task.number + ": " + (bytes > 0 ? bytesText(bytes) : "works")));
  const more = parts.length > 3 ? " and " + (parts.length - 3) + " more" : "";
  return parts.slice(0, 3).join("; ") + more;
}

// The run as a trace that poetry-figure and Perfetto read.
function traceOf({ result, slices, ticks, command, host, date, poems }, texts) {
  const main = { pid: 1, tid: 1 };
  const events = slices.map(([tid, task, ts, dur, bytes]) =>
    ({ ph: "X", cat: "work", pid: 1, tid, ts, dur, name: "task " + task, args: { task, bytes } }));
  for (const { task, server, start_s, end_s } of result.tasks) {
    if (start_s === null) continue;
    const common = { cat: "task", id: task, ...main, name: "task " + task };
    events.push({ ph: "b", ...common, ts: microseconds(start_s), args: { server } },
      { ph: "e", ...common, ts: microseconds(end_s) });
  }
  for (const [ts, late_us] of ticks) {
    events.push({ ph: "i", s: "p", cat: "tick", ...main, ts, name: "tick", args: { late_us } });
  }
  return { traceEvents: events, displayTimeUnit: "ms", otherData: { result, command, host, date,
    poems: poems.map((poem, i) => ({ task: i + 1, base64: texts[poem] })) } };
}
