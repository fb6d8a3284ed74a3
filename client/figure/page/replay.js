
// The clock of the replay and its controls.

class Replay {
  constructor(runs) {
    this.runs = runs;
    this.shown = runs.slice();
    this.time = 0;
    this.speed = 1;
    this.playing = false;
    this.controls = Object.fromEntries(["cards", "scrub", "play", "speed", "clock", "event", "models"]
      .map((id) => [id, document.getElementById(id)]));
    // The tick that fills the height of a strip; ticks on time stay low.
    this.latest = Math.max(tooLate, ...runs.map((run) => run.worstTick));
    document.getElementById("tick-key").hidden = runs.every((run) => run.ticks.length === 0);
    document.getElementById("stage").hidden = false;
    this.cards = runs.map((run) => new Card(run, this.controls.cards));
    this.readColours();
    this.offerModels();
    this.listen();
    this.choose();
    this.open();
  }

  // The page opens at a telling moment: the fastest runs are just over, the others still wait.
  open() {
    const fastest = Math.min(...this.runs.map((run) => run.wall));
    const over = this.runs.filter((run) => run.wall <= 1.05 * fastest);
    const moment = Math.max(...over.map((run) => run.wall));
    const isTelling = moment < 0.9 * this.extent;
    this.seek(isTelling ? moment : this.extent / 2);
    this.atOpening = true;
    setText(this.controls.event, (isTelling ? "Just over: " + namesOf(over) + ". " : "Half way. ") +
      "Play or space starts from the beginning.");
  }

  readColours() {
    this.colours = { wait: colour("--wait"), line: colour("--line"), late: colour("--late"),
      faint: colour("--faint") };
    for (let look = 1; look <= 8; ++look) this.colours[look] = colour("--task-" + look);
  }

  offerModels() {
    if (this.runs.length < 2) return;
    this.runs.forEach((run) => {
      const button = element("button", "", this.controls.models, run.label);
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", () => {
        const next = this.shown.includes(run) ? this.shown.filter((other) => other !== run)
          : this.runs.filter((other) => other === run || this.shown.includes(other));
        if (next.length === 0) return;
        this.shown = next;
        button.setAttribute("aria-pressed", String(next.includes(run)));
        this.choose();
      });
    });
  }

  // Lays out the runs that are shown, all on the time axis of the longest.
  choose() {
    this.extent = Math.max(1, ...this.shown.map((run) => Math.max(run.wall,
      ...run.data.slices.ts.slice(-1), ...run.tasks.map((task) => isFinite(task.end) ? task.end : 0))));
    this.eventTimes = eventTimesOf(this.shown);
    this.cards.forEach((card) => { card.root.hidden = !this.shown.includes(card.run); });
    const count = this.shown.length;
    const cards = this.controls.cards;
    cards.classList.toggle("few", count <= 2);
    cards.classList.toggle("many", count > 4);
    const columns = count <= 2 ? count : count === 4 ? 2 : count <= 6 ? 3 : 4;
    cards.style.setProperty("--card-width", "max(270px, " + 92 / columns + "%)");
    this.time = Math.min(this.time, this.extent);
    this.show();
  }

  listen() {
    const on = (id, event, act) => document.getElementById(id).addEventListener(event, act);
    on("play", "click", () => this.toggle());
    on("to-start", "click", () => this.seek(0));
    on("step-on", "click", () => this.step(1));
    on("step-back", "click", () => this.step(-1));
    on("scrub", "input", () => this.seek((this.controls.scrub.value / 10000) * this.extent));
    on("speed", "change", () => { this.speed = Number(this.controls.speed.value); });
    document.addEventListener("keydown", (event) => this.key(event));
    // After a click space must play, not press the same button again.
    document.addEventListener("click", (event) => {
      if (event.detail > 0 && event.target instanceof HTMLButtonElement) event.target.blur();
    });
    new ResizeObserver(() => this.show()).observe(this.controls.cards);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.readColours();
      this.show();
    });
  }

  inView() {
    const box = document.getElementById("stage").getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
  }

  // At the top of the page space scrolls to the replay and plays it.
  toggleInView() {
    const replay = document.getElementById("replay");
    if (replay.getBoundingClientRect().top > window.innerHeight / 4) replay.scrollIntoView();
    this.toggle();
  }

  key(event) {
    const target = event.target;
    const typing = target instanceof HTMLSelectElement ||
      (target instanceof HTMLElement && target.isContentEditable);
    const pressing = event.key === " " && target instanceof HTMLButtonElement;
    if (event.ctrlKey || event.altKey || event.metaKey || typing || pressing) return;
    const fromAbove = event.key === " " && window.scrollY === 0;
    if (!this.inView() && !fromAbove) return;
    const hop = this.extent / 50;
    const act = {
      " ": () => this.toggleInView(),
      ArrowRight: () => this.seek(this.time + hop),
      ArrowLeft: () => this.seek(this.time - hop),
      ".": () => this.step(1),
      ",": () => this.step(-1),
      "+": () => this.faster(1),
      "=": () => this.faster(1),
      "-": () => this.faster(-1),
      Home: () => this.seek(0),
      End: () => this.seek(this.extent),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  faster(by) {
    const select = this.controls.speed;
    select.selectedIndex = Math.min(select.length - 1, Math.max(0, select.selectedIndex + by));
    this.speed = Number(select.value);
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.atOpening || this.time >= this.extent) this.seek(0);
    this.playing = true;
    setText(this.controls.play, "Pause");
    setText(this.controls.event, "");
    let before = performance.now();
    const frame = (now) => {
      this.time = Math.min(this.extent, this.time + Math.max(0, now - before) * 1000 * this.speed);
      before = now;
      this.show();
      if (this.time >= this.extent) this.pause();
      else this.frame = requestAnimationFrame(frame);
    };
    this.frame = requestAnimationFrame(frame);
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    setText(this.controls.play, "Play");
  }

  seek(time) {
    this.atOpening = false;
    this.time = Math.min(this.extent, Math.max(0, time));
    setText(this.controls.event, "");
    this.show();
  }

  // To the next or the previous event.
  step(direction) {
    this.pause();
    const after = upperBound(this.eventTimes, this.time);
    const here = after > 0 && this.eventTimes[after - 1] === this.time;
    const next = direction > 0 ? after : after - (here ? 2 : 1);
    if (next < 0) return this.seek(0);
    if (next >= this.eventTimes.length) return this.seek(this.extent);
    this.seek(this.eventTimes[next]);
    setText(this.controls.event, "At " + (this.time / 1e6).toFixed(6) + " s: " +
      eventText(this.shown, this.time));
  }

  show() {
    for (const card of this.cards) {
      if (!card.root.hidden) card.show(this.time, this.extent, this.latest, this.colours);
    }
    const { scrub, clock } = this.controls;
    scrub.value = String(Math.round((this.time / this.extent) * 10000));
    const text = clockText(this.time) + " of " + clockText(this.extent);
    scrub.setAttribute("aria-valuetext", text);
    setText(clock, text);
  }
}

function offerDownload(label, name, content) {
  const button = element("button", "", document.getElementById("downloads"), label);
  button.type = "button";
  button.addEventListener("click", () => {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(content())], { type: "application/json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const poems = data.poems.map(bytesOf);
  const runs = data.runs.map((run) => new RunTimeline(run, poems));
  if (runs.length > 0) new Replay(runs);
  offerDownload("All data (JSON)", "slow-poetry.json", () => data);
  for (const run of runs) {
    offerDownload("Trace of " + run.label, "trace-" + run.label.replace(/[^\w-]+/g, "-") + ".json",
      () => traceOf(run, data.poems));
  }
})();
