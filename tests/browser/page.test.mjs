// A real browser opens pages from disk, with the network off, and does what a presenter does.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { makeCrowdedPage, makeFailedPage, makePage, programs } from "./recordings.mjs";

let folder;
let browser;
let ordinary;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "slow-poetry-"));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
      "--disable-background-networking", "--disable-component-update"],
  });
  ordinary = await makePage(folder, "ordinary");
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

// Opens a page and hands it to `use`; anything said on the console, thrown or asked of the network
// fails the test. In a `frozen` page time passes only when `page.clock.runFor` lets it.
async function withPage(file, { frozen, ...options }, use) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, offline: true, ...options });
  const page = await context.newPage();
  const complaints = [];
  const address = pathToFileURL(file).href;
  page.on("console", (message) => complaints.push("console: " + message.text()));
  page.on("pageerror", (error) => complaints.push("error: " + error.message));
  page.on("dialog", (dialog) => { complaints.push("dialog: " + dialog.message()); dialog.dismiss(); });
  page.on("request", (request) => {
    if (request.url() !== address && !/^(data|blob):/.test(request.url())) complaints.push("request: " + request.url());
  });
  try {
    if (frozen) await page.clock.install({ time: 0 });
    await page.goto(address);
    if (frozen) await page.clock.pauseAt(1e6);
    await use(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

const clock = async (page) => Number.parseFloat(await page.textContent("#clock"));
const shown = (page) => page.$$eval("article[data-run]", (cards) => cards.map((card) =>
  [...card.querySelectorAll(".poem")].map((poem) => poem.textContent)));
const states = (page) => page.$$eval("article[data-run]", (cards) => cards.map((card) =>
  [...card.querySelectorAll(".lane")].map((lane) => lane.classList[1])));

// What a poem looks like when its control characters are named.
function visible(bytes) {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, (character) =>
    "[U+" + character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "]");
}

test("plays to the end, and every poem is what was sent, byte for byte", () =>
  withPage(ordinary.file, {}, async (page) => {
    await page.selectOption("#speed", "0.25");
    await page.click("#play");
    assert.equal(await page.textContent("#play"), "Pause");
    await page.selectOption("#speed", "4");
    await page.getByRole("button", { name: "Play", exact: true }).waitFor({ timeout: 60000 });
    const poems = await shown(page);
    assert.equal(poems.length, ordinary.models.length);
    for (const lanes of poems) {
      lanes.forEach((text, i) => assert.deepEqual(Buffer.from(text), ordinary.texts[i]));
    }
    assert.ok((await states(page)).flat().every((state) => state === "complete"));
  }));

for (const reducedMotion of ["no-preference", "reduce"]) {
  test("opens when async is just over and blocking is not, and plays from the start, motion: " + reducedMotion, () =>
    withPage(ordinary.file, { frozen: true, reducedMotion }, async (page) => {
      const opened = await clock(page);
      const [blocking, asynchronous] = await states(page);
      assert.ok(asynchronous.every((state) => state === "complete"));
      assert.equal(blocking[2], "idle");
      assert.match(await page.textContent("#event"), /^Just over: async\. Play or space/);
      await page.clock.runFor(200);
      assert.equal(await clock(page), opened, "nothing moves on its own");
      await page.keyboard.press("Space");
      await page.clock.runFor(100);
      const paused = await clock(page);
      assert.ok(paused < opened);
      await page.keyboard.press("Space");
      await page.keyboard.press("Space");
      await page.clock.runFor(100);
      assert.ok(await clock(page) > paused, "only the first time from the start");
    }));
}

test("moving lanes move, but not on paper, nor where less motion is asked for", async () => {
  const file = join(folder, "moving.svg");
  execFileSync(join(programs, "poetry-figure"),
    [...ordinary.traces, "--figure", "lanes", "--animate", "-o", file]);
  for (const [reducedMotion, media, moving] of
    [["no-preference", "screen", 1], ["reduce", "screen", 0], ["no-preference", "print", 0]]) {
    await withPage(file, { reducedMotion }, async (page) => {
      await page.emulateMedia({ media });
      assert.equal(await page.evaluate(() => document.getAnimations().length), moving);
      assert.equal(await page.locator(".curtain").isVisible(), moving === 1);
    });
  }
});

test("early on, blocking has started one poem and async all", () =>
  withPage(ordinary.file, {}, async (page) => {
    await page.fill("#scrub", "3000");
    const [blocking, asynchronous] = await states(page);
    assert.deepEqual(blocking.slice(1), ["idle", "idle"]);
    assert.ok(asynchronous.every((state) => state !== "idle"));
    const half = await shown(page);
    assert.ok(half[1].every((text, i) => visible(ordinary.texts[i]).startsWith(text.replace(/\ufffd$/, ""))));
  }));

test("a timer that was frozen is not called on time, even at the end", () =>
  withPage(ordinary.file, {}, async (page) => {
    const timers = () => page.$$eval(".ticks", (timers) => timers.map((timer) => timer.textContent));
    const seen = [];
    for (const moment of ["300", "600", "900", "1200"]) { // the machine may spoil one
      await page.fill("#scrub", moment);
      seen.push((await timers())[1]);
    }
    assert.ok(seen.includes("timer: on time"), String(seen));
    await page.fill("#scrub", "10000");
    assert.match((await timers())[1], /^timer: worst [\d.]+ (us|ms|s) late$/);
    const late = await page.$$eval(".ticks", (timers) => timers.map((timer) => timer.classList.contains("late")));
    assert.ok(late[0], "blocking froze it for a whole poem");
  }));

test("the strip shows the work of every task, not only of the first in a pixel", () =>
  withPage(ordinary.file, {}, async (page) => {
    await page.fill("#scrub", "10000");
    const drawn = await page.$$eval("canvas.strip", (strips) => strips.map((strip) => {
      const { data } = strip.getContext("2d").getImageData(0, 0, strip.width, strip.height);
      const colours = new Set();
      for (let i = 0; i < data.length; i += 4) {
        colours.add("#" + [...data.slice(i, i + 3)].map((part) => part.toString(16).padStart(2, "0")).join(""));
      }
      return [1, 2, 3].map((look) => colours.has(getComputedStyle(document.documentElement)
        .getPropertyValue("--task-" + look).trim()));
    }));
    assert.deepEqual(drawn, [[true, true, true], [true, true, true]]);
  }));

test("pauses, scrubs there and back, and shows the same again", () =>
  withPage(ordinary.file, { frozen: true }, async (page) => {
    await page.click("#play");
    await page.clock.runFor(300);
    await page.click("#play");
    const stopped = await clock(page);
    await page.clock.runFor(200);
    assert.equal(await clock(page), stopped);
    assert.ok(stopped > 0);
    await page.fill("#scrub", "4000");
    const there = await shown(page);
    await page.fill("#scrub", "9000");
    assert.notDeepEqual(await shown(page), there);
    await page.fill("#scrub", "4000");
    assert.deepEqual(await shown(page), there);
    await page.click("#to-start");
    assert.equal(await clock(page), 0);
    assert.ok((await shown(page)).flat().every((text) => text === ""));
  }));

test("steps from event to event and back, and says what happened", () =>
  withPage(ordinary.file, {}, async (page) => {
    const stories = [];
    const lengths = [];
    for (let i = 0; i < 12; ++i) {
      await page.click("#step-on");
      stories.push(await page.textContent("#event"));
      lengths.push((await shown(page)).flat().join("").length);
    }
    assert.match(stories[0], /^At \d+\.\d{6} s: (blocking|async), task \d/);
    assert.equal(new Set(stories).size, stories.length);
    assert.ok(lengths.every((length, i) => i === 0 || length >= lengths[i - 1]));
    assert.ok(lengths.at(-1) > 0);
    for (let i = 10; i >= 0; --i) {
      await page.click("#step-back");
      assert.equal(await page.textContent("#event"), stories[i]);
      assert.equal((await shown(page)).flat().join("").length, lengths[i]);
    }
  }));

test("the speed is what it says", () =>
  withPage(ordinary.file, { frozen: true }, async (page) => {
    const speeds = await page.$$eval("#speed option", (options) => options.map((option) => option.value));
    assert.deepEqual(speeds, ["0.25", "0.5", "1", "2", "4", "8", "16"]);
    for (const speed of speeds) {
      await page.click("#to-start");
      await page.selectOption("#speed", speed);
      await page.click("#play");
      await page.clock.runFor(640 / speed);
      await page.click("#play");
      const travelled = await clock(page);
      // To a frame, which is every 16 ms, and the clock's two digits.
      assert.ok(Math.abs(travelled - 0.64) <= 0.016 * speed + 0.006, `at ${speed}x: ${travelled} s`);
    }
  }));

test("everything works with the keyboard", () =>
  withPage(ordinary.file, { frozen: true }, async (page) => {
    await page.locator("#replay").scrollIntoViewIfNeeded();
    await page.keyboard.press("End");
    const end = await clock(page);
    assert.ok(end > 0);
    await page.keyboard.press("ArrowLeft");
    assert.ok(await clock(page) < end);
    await page.keyboard.press("Home");
    assert.equal(await clock(page), 0);
    await page.keyboard.press("ArrowRight");
    assert.ok(await clock(page) > 0);
    await page.keyboard.press(".");
    const story = await page.textContent("#event");
    await page.keyboard.press(".");
    await page.keyboard.press(",");
    assert.equal(await page.textContent("#event"), story);
    await page.keyboard.press("+");
    assert.equal(await page.inputValue("#speed"), "2");
    await page.keyboard.press("-");
    await page.keyboard.press("-");
    assert.equal(await page.inputValue("#speed"), "0.5");
    await page.keyboard.press("Space");
    assert.equal(await page.textContent("#play"), "Pause");
    await page.keyboard.press("Space");
    assert.equal(await page.textContent("#play"), "Play");
    // After a click on another button space still plays.
    await page.click("#step-on");
    await page.keyboard.press("Space");
    assert.equal(await page.textContent("#play"), "Pause");
    assert.match(await page.textContent(".keys"), /space.*event.*speed/s);
  }));

test("space at the top of the page brings the replay into view and plays it", () =>
  withPage(ordinary.file, { frozen: true }, async (page) => {
    await page.keyboard.press("Space");
    assert.equal(await page.textContent("#play"), "Pause");
    assert.ok(Math.abs(await page.$eval("#replay", (replay) => replay.getBoundingClientRect().top)) < 100);
    assert.ok(await page.locator("#controls").isVisible());
  }));

test("models can be hidden and shown", () =>
  withPage(ordinary.file, {}, async (page) => {
    await page.fill("#scrub", "10000");
    const end = await clock(page);
    await page.click("#models button >> text=blocking");
    assert.equal(await page.locator("article[data-run]:visible").count(), 1);
    await page.fill("#scrub", "10000");
    assert.ok(await clock(page) < end);
    await page.click("#models button >> text=blocking");
    assert.equal(await page.locator("article[data-run]:visible").count(), 2);
  }));

test("every picture has a text alternative, every control a name", () =>
  withPage(ordinary.file, {}, async (page) => {
    const pictures = await page.$$eval("figure svg", (pictures) => pictures.map((picture) => ({
      role: picture.getAttribute("role"),
      words: picture.getAttribute("aria-labelledby").split(" ").map((id) => document.getElementById(id)?.textContent),
    })));
    assert.ok(pictures.length >= 5);
    for (const { role, words } of pictures) {
      assert.equal(role, "img");
      assert.ok(words.length === 2 && words.every((text) => text && text.length > 15), String(words));
    }
    const ids = await page.$$eval("[id]", (all) => all.map((one) => one.id));
    assert.equal(new Set(ids).size, ids.length);
    for (const canvas of await page.$$("canvas")) assert.ok(await canvas.getAttribute("aria-label"));
    for (const name of ["Play", "Start"]) assert.equal(await page.getByRole("button", { name, exact: true }).count(), 1);
    assert.match(await page.getByRole("slider").getAttribute("aria-valuetext"), /s of/);
  }));

test("the data can be downloaded, and poetry-figure reads it", () =>
  withPage(ordinary.file, { acceptDownloads: true }, async (page) => {
    for (const [label, check] of [
      ["All data (JSON)", (file) => assert.equal(JSON.parse(readFileSync(file, "utf8")).runs.length, 2)],
      ["Trace of async", (file) => assert.match(execFileSync(join(programs, "poetry-figure"),
        [file, "--figure", "3"], { encoding: "utf8" }), /Figure 3\. async/)]]) {
      const waiting = page.waitForEvent("download");
      await page.click(`#downloads button >> text=${label}`);
      check(await (await waiting).path());
    }
  }));

test("without JavaScript the figures are there", () =>
  withPage(ordinary.file, { javaScriptEnabled: false }, async (page) => {
    assert.ok(await page.locator("figure svg").count() >= 5);
    assert.ok(await page.locator("figure svg").first().isVisible());
    assert.ok(await page.locator("figure .slice").count() > 10);
    assert.ok(await page.locator("#stage").isHidden());
    assert.match(await page.textContent("#replay noscript"), /needs JavaScript/);
  }));

test("a poem that contains an attack is shown as text", async () => {
  const { file, texts } = await makePage(folder, "evil");
  await withPage(file, {}, async (page) => {
    await page.fill("#scrub", "10000");
    await page.waitForTimeout(200);
    assert.match(await page.title(), /Slow Poetry$/);
    assert.equal(await page.locator("img").count(), 0);
    const [[text]] = await shown(page);
    assert.equal(text, visible(texts[0]));
    assert.ok(text.startsWith("</script><img"));
    assert.doesNotMatch(text, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  });
});

test("the largest page there is stays responsive, and says what it shows", async () => {
  const file = makeCrowdedPage(folder);
  assert.ok(statSync(file).size < 5e6, `${statSync(file).size} bytes`);
  await withPage(file, {}, async (page) => {
    assert.match(await page.textContent("#cards"), /2 poems as text, all 1,000 tasks as squares/);
    assert.match(await page.textContent("figure"), /16 of 1,000 tasks are shown/);
    // What a frame takes: how much it draws, and how much of the page it changes.
    const [drawn, changed] = await page.evaluate(async () => {
      const frames = 20;
      let rectangles = 0;
      let changes = 0;
      const draw = CanvasRenderingContext2D.prototype.fillRect;
      CanvasRenderingContext2D.prototype.fillRect = function (...where) {
        rectangles += 1;
        draw.apply(this, where);
      };
      const observer = new MutationObserver((seen) => { changes += seen.length; });
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      const scrub = document.getElementById("scrub");
      for (let i = 1; i <= frames; ++i) {
        scrub.value = String(i * 400);
        scrub.dispatchEvent(new Event("input"));
      }
      await Promise.resolve();
      return [rectangles / frames, changes / frames];
    });
    assert.ok(drawn <= 2 * 1000 + 8 * 1280, `${drawn} rectangles: two a task, a few a column of pixels`);
    assert.ok(changed < 50, `${changed} changes`);
  });
});

test("a failed poem is not shown as complete", async () => {
  const file = makeFailedPage(folder);
  await withPage(file, {}, async (page) => {
    await page.fill("#scrub", "5000");
    assert.equal(await page.textContent(".lane .bytes"), "20 bytes");
    await page.fill("#scrub", "10000");
    assert.equal(await page.textContent(".lane .bytes"), "30 bytes,\nfailed");
  });
});

for (const [name, options] of [["a phone", { viewport: { width: 390, height: 844 } }],
  ["a projector in the dark", { colorScheme: "dark" }], ["reduced motion", { reducedMotion: "reduce" }]]) {
  test("fits " + name, () =>
    withPage(ordinary.file, options, async (page) => {
      await page.fill("#scrub", "5000");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      if (options.reducedMotion) {
        assert.equal(await page.$eval(".lane", (lane) => getComputedStyle(lane).transitionDuration), "0s");
      }
    }));
}
