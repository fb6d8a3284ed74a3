
// A run on the stage: a card with a lane for each poem, or a field of squares when there are many,
// and below them a strip of the thread's time and its timer.

const mostLanes = 5; // with more tasks, the first two are lanes and all are squares

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

class PoemLane {
  constructor(task, parent) {
    this.task = task;
    this.root = element("div", "lane idle", parent);
    this.root.style.setProperty("--task", "var(--task-" + task.look + ")");
    element("span", "badge", this.root, String(task.number));
    this.text = element("div", "text", this.root);
    this.text.tabIndex = 0;
    this.text.setAttribute("role", "group");
    this.text.setAttribute("aria-label", "Task " + task.number + ", poem from " + task.server);
    const poem = element("p", "poem", this.text);
    this.old = poem.appendChild(document.createTextNode(""));
    this.fresh = element("span", "fresh", poem);
    this.size = element("span", "bytes", this.root);
    this.slices = 0; // that are shown
  }

  show(time) {
    const slices = this.task.slicesBy(time);
    if (slices !== this.slices) {
      this.slices = slices;
      this.old.data = this.task.textBy(slices - 1);
      this.fresh.textContent = this.task.textBy(slices).slice(this.old.length);
      this.isLong = this.text.scrollHeight > this.text.clientHeight;
    }
    const { status, bytes, poem } = this.task;
    const state = this.task.stateAt(time);
    const css = "lane " + state + (this.isLong ? " long" : "");
    if (this.root.className !== css) this.root.className = css;
    const arrived = Math.min(this.task.bytesBy(slices), bytes);
    // The full length of a poem that never arrived is unknown.
    setText(this.size, status === "failed" || status === "cancelled"
      ? bytesText(arrived) + (state === status ? ",\n" + state : "")
      : arrived + "\nof " + bytes + (poem.length < bytes ? "\ntext cut" : ""));
  }
}

function addCanvas(css, parent, label) {
  const canvas = element("canvas", css, parent);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

// What to draw with on an empty canvas of the size that it has on the screen.
function emptied(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  const size = { width: Math.max(1, Math.round(width * ratio)), height: Math.max(1, Math.round(height * ratio)) };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const fill = (colour, x, y, wide, high) => {
    context.fillStyle = colour;
    context.fillRect(x, y, wide, high);
  };
  return { context, width, height, fill };
}

// A square for each task: grey while it waits, filled with its colour as bytes arrive.
function drawField(canvas, tasks, { time, colours }) {
  const { context, width, height, fill } = emptied(canvas);
  const columns = Math.ceil(Math.sqrt((tasks.length * width) / height));
  const cell = Math.min(width / columns, height / Math.ceil(tasks.length / columns));
  const size = cell * 0.85;
  tasks.forEach((task, i) => {
    const x = (i % columns) * cell;
    const y = Math.floor(i / columns) * cell;
    if (time < task.start) {
      context.strokeStyle = colours.line;
      context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
      return;
    }
    const share = task.bytesBy(task.slicesBy(time)) / Math.max(task.bytesBy(task.slices.length), 1);
    const failed = task.status === "failed" && time >= task.end;
    fill(colours.wait, x, y, size, size);
    fill(failed ? colours.late : colours["task-" + task.look], x, y + size * (1 - share), size, size * share);
  });
  const done = tasks.filter((task) => time >= task.end).length;
  canvas.setAttribute("aria-label", done + " of " + tasks.length + " tasks finished");
}

// Above, the thread's time: grey where it waits, coloured where it works. Below, its timer: a bar for
// each tick, where it was due, as high as it was late, growing while it is overdue.
function drawStrip(canvas, run, { time, extent, latest, colours }) {
  const { width, height, fill } = emptied(canvas);
  const x = (moment) => (moment / extent) * width;
  const top = run.ticks.length > 0 ? 14 : height - 2;
  fill(colours.line, 0, top, width, 1);
  fill(colours.wait, 0, 0, x(Math.min(time, run.wall)), top);
  const rows = Math.min(8, run.tasks.length);
  const drawnTo = new Array(9).fill(-1); // by look
  for (const slice of run.slices) {
    if (slice.start > time) break;
    const { look } = slice.task;
    const begin = x(slice.start);
    const end = x(Math.min(time, slice.end));
    if (end < drawnTo[look]) continue;
    if (end - begin >= 1) fill(colours["task-" + look], begin, 0, end - begin, top);
    else {
      // Too short to be seen: a pixel wide, in a row of its task, so that the grey around it and
      // the strokes of other tasks in the same pixel stay visible.
      const from = Math.round((top * (look - 1)) / rows);
      fill(colours["task-" + look], Math.floor(begin), from, 1, Math.round((top * look) / rows) - from);
    }
    drawnTo[look] = Math.max(Math.floor(begin) + 1, end);
  }
  for (const { at, due } of run.ticks) {
    if (due > time) continue;
    const late = Math.min(time, at) - due;
    const tall = Math.max(1, Math.sqrt(late / latest) * (height - top - 3));
    fill(late > tooLate ? colours.late : colours.faint, x(due), height - tall, 1.6, tall);
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
    if (run.predicted !== null) {
      element("p", "story", this.root, "predicted " + run.predicted.toFixed(3) + " s");
    }
    const lanes = run.tasks.length > mostLanes ? 2 : run.tasks.length;
    this.lanes = run.tasks.slice(0, lanes).map((task) => new PoemLane(task, this.root));
    if (run.tasks.length > lanes) {
      element("p", "story", this.root, lanes + " poems as text, all " +
        run.tasks.length.toLocaleString("en") + " tasks as squares");
      this.field = addCanvas("field", this.root, "");
    }
    this.strip = addCanvas("strip", this.root, "Time of " + run.label + ": work coloured, waiting grey" +
      (run.ticks.length > 0 ? "; below, how late each tick was" : ""));
    if (run.ticks.length > 0) {
      this.ticks = element("p", "ticks", this.root);
      this.hand = element("span", "hand", this.ticks);
      this.tickText = element("span", "", this.ticks);
    }
  }

  show(replay) {
    const { time } = replay;
    setText(this.stopwatch, clockText(Math.min(time, this.run.wall)));
    this.root.classList.toggle("over", time >= this.run.wall);
    for (const lane of this.lanes) lane.show(time);
    if (this.field) drawField(this.field, this.run.tasks, replay);
    drawStrip(this.strip, this.run, replay);
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
