
// A run on the stage: a card with a lane for each poem, or a field of squares when there are many,
// and below them a strip of the thread's time and its timer.

const mostLanes = 5; // with more tasks, the first two are lanes and all are squares

const stories = {
  blocking: "one thread, one server after another",
  threads: "a thread for each server",
  processes: "a process for each server",
  async: "one thread, handlers run as bytes arrive",
  coroutines: "one thread, a coroutine for each server",
  mixed: "one loop run by several threads",
  eager: "connects to all, then reads one by one",
  broken: "an event loop whose handler blocks",
};

function element(tag, css, parent, text) {
  const made = document.createElement(tag);
  if (css) made.className = css;
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

class PoemLane {
  constructor(task, parent) {
    this.task = task;
    this.root = element("div", "lane idle", parent);
    this.root.style.setProperty("--task", "var(--task-" + task.look + ")");
    this.root.dataset.lane = task.number;
    element("span", "badge", this.root, String(task.number));
    this.text = element("div", "text", this.root);
    this.text.tabIndex = 0;
    this.text.setAttribute("role", "group");
    this.text.setAttribute("aria-label", "Task " + task.number + ", poem from " + task.server);
    this.poem = element("p", "poem", this.text);
    this.old = this.poem.appendChild(document.createTextNode(""));
    this.fresh = element("span", "fresh", this.poem);
    this.size = element("span", "bytes", this.root);
    this.begin();
  }

  begin() {
    this.slices = 0;
    this.isLong = false;
    this.taken = 0;
    this.decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    this.old.data = "";
    this.fresh.textContent = "";
  }

  // A chunk may end inside a character: the decoder keeps its first bytes for the next chunk.
  decode(upTo) {
    const part = this.task.poem.subarray(this.taken, upTo);
    this.taken = upTo;
    return madeVisible(this.decoder.decode(part, { stream: upTo < this.task.poem.length }));
  }

  show(time) {
    const slices = this.task.slicesBy(time);
    if (slices < this.slices) this.begin();
    if (slices > this.slices) {
      this.old.appendData(this.fresh.textContent + this.decode(this.task.textBy(slices - 1)));
      this.fresh.textContent = this.decode(this.task.textBy(slices));
      this.slices = slices;
    }
    if (!this.isLong) this.isLong = this.text.scrollHeight > this.text.clientHeight;
    const { status, bytes, poem } = this.task;
    const state = this.task.stateAt(time);
    const css = "lane " + state + (this.isLong ? " long" : "");
    if (this.root.className !== css) this.root.className = css;
    this.root.dataset.state = state;
    const arrived = Math.min(this.task.bytesBy(slices), bytes);
    // The full length of a poem that never arrived is unknown.
    setText(this.size, status === "failed" || status === "cancelled"
      ? bytesText(arrived) + (state === status ? ",\n" + state : "")
      : arrived + "\nof " + bytes + (poem.length < bytes ? "\ntext cut" : ""));
  }
}

function fitCanvas(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width !== width || canvas.height !== height) {
    Object.assign(canvas, { width, height });
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return context;
}

// A square for each task: grey while it waits, filled with its colour as bytes arrive.
class TaskField {
  constructor(tasks, parent) {
    this.tasks = tasks;
    this.canvas = element("canvas", "field", parent);
    this.canvas.setAttribute("role", "img");
  }

  show(time, colours) {
    const context = fitCanvas(this.canvas);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const columns = Math.ceil(Math.sqrt((this.tasks.length * width) / height));
    const cell = Math.min(width / columns, height / Math.ceil(this.tasks.length / columns));
    const size = cell * 0.85;
    let done = 0;
    this.tasks.forEach((task, i) => {
      const x = (i % columns) * cell;
      const y = Math.floor(i / columns) * cell;
      if (time < task.start) {
        context.strokeStyle = colours.line;
        context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
        return;
      }
      const share = task.bytesBy(task.slicesBy(time)) / Math.max(task.bytesBy(task.arrived.length), 1);
      context.fillStyle = colours.wait;
      context.fillRect(x, y, size, size);
      context.fillStyle = task.status === "failed" && time >= task.end ? colours.late : colours[task.look];
      context.fillRect(x, y + size * (1 - share), size, size * share);
      if (time >= task.end) ++done;
    });
    this.canvas.setAttribute("aria-label", done + " of " + this.tasks.length + " tasks finished");
  }
}

// Above, the thread's time: grey where it waits, coloured where it works. Below, its timer: a bar for
// each tick, where it was due, as high as it was late, growing while it is overdue.
class Strip {
  constructor(run, parent) {
    this.run = run;
    this.canvas = element("canvas", "strip", parent);
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Time of " + run.label + ": work coloured, waiting grey" +
      (run.ticks.length > 0 ? "; below, how late each tick was" : ""));
  }

  show(time, extent, latest, colours) {
    const context = fitCanvas(this.canvas);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const x = (moment) => (moment / extent) * width;
    const top = this.run.ticks.length > 0 ? 14 : height - 2;
    context.fillStyle = colours.line;
    context.fillRect(0, top, width, 1);
    context.fillStyle = colours.wait;
    context.fillRect(0, 0, x(Math.min(time, this.run.wall)), top);
    this.showSlices(context, x, top, time, colours);
    if (this.run.ticks.length > 0) this.showTicks(context, x, top, height, time, latest, colours);
  }

  showSlices(context, x, top, time, colours) {
    const { slices } = this.run;
    const last = upperBound(slices.ts, time);
    const rows = Math.min(8, this.run.tasks.length);
    const drawnTo = new Array(9).fill(-1); // by look
    for (let i = 0; i < last; ++i) {
      const look = this.run.tasks[slices.task[i]].look;
      const begin = x(slices.ts[i]);
      const end = x(Math.min(time, slices.ts[i] + slices.dur[i]));
      if (end < drawnTo[look]) continue;
      context.fillStyle = colours[look];
      if (end - begin >= 1) context.fillRect(begin, 0, end - begin, top);
      else {
        // Too short to be seen: a pixel wide, in a row of its task, so that the grey around it and
        // the strokes of other tasks in the same pixel stay visible.
        const from = Math.round((top * (look - 1)) / rows);
        context.fillRect(Math.floor(begin), from, 1, Math.round((top * look) / rows) - from);
      }
      drawnTo[look] = Math.max(Math.floor(begin) + 1, end);
    }
  }

  showTicks(context, x, top, height, time, latest, colours) {
    const room = height - top - 3;
    for (const tick of this.run.ticks) {
      if (tick.due > time) continue;
      const late = Math.min(time, tick.at) - tick.due;
      const tall = Math.max(1, Math.sqrt(late / latest) * room);
      context.fillStyle = late > tooLate ? colours.late : colours.faint;
      context.fillRect(x(tick.due), height - tall, 1.6, tall);
    }
  }
}

class Card {
  constructor(run, parent) {
    this.run = run;
    this.root = element("article", "card", parent);
    this.root.dataset.run = run.label;
    const head = element("header", "", this.root);
    element("h3", "", head, run.label);
    this.stopwatch = element("span", "stopwatch", head);
    const predicted = run.predicted === null ? "" : "; predicted " + run.predicted.toFixed(3) + " s";
    element("p", "story", this.root, (stories[run.model] || "") + predicted);
    const lanes = run.tasks.length > mostLanes ? 2 : run.tasks.length;
    this.lanes = run.tasks.slice(0, lanes).map((task) => new PoemLane(task, this.root));
    if (run.tasks.length > lanes) {
      element("p", "story", this.root, lanes + " poems as text, all " +
        run.tasks.length.toLocaleString("en") + " tasks as squares");
      this.field = new TaskField(run.tasks, this.root);
    }
    this.strip = new Strip(run, this.root);
    if (run.ticks.length > 0) {
      this.ticks = element("p", "ticks", this.root);
      this.hand = element("span", "hand", this.ticks);
      this.tickText = element("span", "", this.ticks);
    }
  }

  show(time, extent, latest, colours) {
    setText(this.stopwatch, clockText(Math.min(time, this.run.wall)));
    this.root.classList.toggle("over", time >= this.run.wall);
    for (const lane of this.lanes) lane.show(time);
    if (this.field) this.field.show(time, colours);
    this.strip.show(time, extent, latest, colours);
    if (this.ticks) this.showTicks(time);
  }

  showTicks(time) {
    const over = time >= this.run.wall;
    let came = 0;
    let late = over ? this.run.worstTick : 0;
    for (const tick of this.run.ticks) {
      if (tick.at <= time) ++came;
      else if (!over && tick.due <= time) late = Math.max(late, time - tick.due);
    }
    this.hand.style.transform = "rotate(" + came * 30 + "deg)";
    this.ticks.classList.toggle("late", late > tooLate);
    setText(this.tickText, over ? "timer: worst " + lengthText(late) + " late"
      : late > tooLate ? "timer: " + lengthText(late) + " overdue" : "timer: on time");
  }
}
