
// The clock of the replay and its controls.

function byId(id) {
  return document.getElementById(id);
}

function addButton(parent, text, act) {
  const button = element("button", "", parent, text);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

class Replay {
  constructor(runs) {
    this.runs = runs;
    this.time = 0;
    // The tick that fills the height of a strip; ticks on time stay low.
    this.latest = Math.max(tooLate, ...runs.map((run) => run.worstTick));
    byId("tick-key").hidden = runs.every((run) => run.ticks.length === 0);
    byId("stage").hidden = false;
    this.cards = runs.map((run) => new Card(run, byId("cards")));
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
    const where = isTelling ? "Just over: " + over.map((run) => run.label).join(", ") : "Half way";
    setText(byId("event"), where + ". Play or space starts from the beginning.");
  }

  readColours() {
    const style = getComputedStyle(document.documentElement);
    const names = ["wait", "line", "late", "faint", ...[1, 2, 3, 4, 5, 6, 7, 8].map((look) => "task-" + look)];
    this.colours = Object.fromEntries(names.map((name) => [name, style.getPropertyValue("--" + name)]));
  }

  offerModels() {
    if (this.runs.length < 2) return;
    for (const card of this.cards) {
      const button = addButton(byId("models"), card.run.label, () => {
        if (this.shown.length === 1 && !card.root.hidden) return;
        card.root.hidden = !card.root.hidden;
        button.setAttribute("aria-pressed", String(!card.root.hidden));
        this.choose();
      });
      button.setAttribute("aria-pressed", "true");
    }
  }

  // Lays out the runs that are shown, all on the time axis of the longest.
  choose() {
    this.shown = this.cards.filter((card) => !card.root.hidden).map((card) => card.run);
    this.extent = Math.max(...this.shown.map((run) => run.extent));
    // When a slice begins in any of the runs, in order, each time once.
    const starts = this.shown.flatMap((run) => run.slices.map((slice) => slice.start));
    this.eventTimes = Float64Array.from(new Set(starts)).sort();
    const count = this.shown.length;
    const cards = byId("cards");
    cards.classList.toggle("few", count <= 2);
    cards.classList.toggle("many", count > 4);
    const columns = count <= 2 ? count : count === 4 ? 2 : count <= 6 ? 3 : 4;
    cards.style.setProperty("--card-width", "max(270px, " + 92 / columns + "%)");
    this.time = Math.min(this.time, this.extent);
    this.show();
  }

  listen() {
    const on = (id, event, act) => byId(id).addEventListener(event, act);
    on("play", "click", () => this.toggle());
    on("to-start", "click", () => this.seek(0));
    on("step-on", "click", () => this.step(1));
    on("step-back", "click", () => this.step(-1));
    on("scrub", "input", () => this.seek((byId("scrub").value / 10000) * this.extent));
    document.addEventListener("keydown", (event) => this.key(event));
    // After a click space must play, not press the same button again.
    document.addEventListener("click", (event) => {
      if (event.detail > 0 && event.target instanceof HTMLButtonElement) event.target.blur();
    });
    new ResizeObserver(() => this.show()).observe(byId("cards"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.show());
  }

  key(event) {
    const choosing = event.target instanceof HTMLSelectElement;
    const pressing = event.key === " " && event.target instanceof HTMLButtonElement;
    if (event.ctrlKey || event.altKey || event.metaKey || choosing || pressing) return;
    const box = byId("stage").getBoundingClientRect();
    const isInView = box.bottom > 0 && box.top < window.innerHeight;
    // At the top of the page space scrolls to the replay and plays it.
    const isFromTop = event.key === " " && window.scrollY === 0;
    if (!isInView && !isFromTop) return;
    if (isFromTop) byId("replay").scrollIntoView();
    const hop = this.extent / 50;
    const act = {
      " ": () => this.toggle(),
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
    const select = byId("speed");
    select.selectedIndex = Math.min(select.length - 1, Math.max(0, select.selectedIndex + by));
  }

  toggle() {
    if (this.frame) return this.pause();
    if (this.atOpening || this.time >= this.extent) this.seek(0);
    setText(byId("play"), "Pause");
    setText(byId("event"), "");
    let before = performance.now();
    const frame = (now) => {
      this.time = Math.min(this.extent, this.time + Math.max(0, now - before) * 1000 * byId("speed").value);
      before = now;
      this.show();
      if (this.time >= this.extent) this.pause();
      else this.frame = requestAnimationFrame(frame);
    };
    this.frame = requestAnimationFrame(frame);
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    setText(byId("play"), "Play");
  }

  seek(time) {
    this.atOpening = false;
    this.time = Math.min(this.extent, Math.max(0, time));
    setText(byId("event"), "");
    this.show();
  }

  // To the next or the previous event.
  step(direction) {
    this.pause();
    const after = countUpTo(this.time, this.eventTimes);
    const here = this.eventTimes[after - 1] === this.time;
    const moment = this.eventTimes[direction > 0 ? after : after - (here ? 2 : 1)];
    this.seek(moment ?? (direction > 0 ? this.extent : 0));
    if (moment === undefined) return;
    setText(byId("event"), "At " + (moment / 1e6).toFixed(6) + " s: " + eventText(this.shown, moment));
  }

  show() {
    this.readColours();
    for (const card of this.cards) {
      if (!card.root.hidden) card.show(this);
    }
    const scrub = byId("scrub");
    scrub.value = String(Math.round((this.time / this.extent) * 10000));
    const text = clockText(this.time) + " of " + clockText(this.extent);
    scrub.setAttribute("aria-valuetext", text);
    setText(byId("clock"), text);
  }
}

function offerDownload(label, name, content) {
  addButton(byId("downloads"), label, () => {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(content())], { type: "application/json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}

(() => {
  const data = JSON.parse(byId("data").textContent);
  const poems = data.poems.map(bytesOf);
  if (data.runs.length > 0) new Replay(data.runs.map((run) => timelineOf(run, poems)));
  offerDownload("All data (JSON)", "slow-poetry.json", () => data);
  for (const run of data.runs) {
    offerDownload("Trace of " + run.label, "trace-" + run.label.replace(/[^\w-]+/g, "-") + ".json",
      () => traceOf(run, data.poems));
  }
})();
